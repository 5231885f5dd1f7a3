"""指标体系: frameworks as versioned data, loaded into frozen typed models and checked by rules of quality."""
