"""Small pieces that pages draw hundreds of times; a tag costs a tenth of an included template."""
