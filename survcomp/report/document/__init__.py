"""What every document is made of: characters, words, cells, tables, drawings, sections."""
