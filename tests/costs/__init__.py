"""What each access pattern costs on DynamoDB, as its own accounts say."""
