"""The documents: their pages, and the programs that draw pictures for them and build the site."""
