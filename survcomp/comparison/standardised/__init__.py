"""Model-based standardisation of a rebuilt arm by published prognostic effects."""
