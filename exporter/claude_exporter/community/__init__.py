"""What other people say in public: counted against what they usually say, never kept."""
