"""The processes that evaluate queries: started, fed, bounded, killed and replaced."""
