"""A race: several processes solve one instance under settings that complement each other, and share what they find."""
