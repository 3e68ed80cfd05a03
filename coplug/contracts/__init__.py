"""What others implement: Protocols of problems and of their dynamics, with numpy and the ground alone."""
