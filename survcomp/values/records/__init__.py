"""What an analysis found: records, and what each rests on."""
