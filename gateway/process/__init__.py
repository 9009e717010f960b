"""Order-to-cash rules over canonical documents: what a document is called, which order it belongs to, how an answer is completed."""
