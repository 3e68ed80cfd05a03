"""What comes after training: returns of policies beside baselines on the same episodes, and curves over seeds."""
