"""How `import fiftyone` becomes Safelight: a table of seams and the machinery that applies it."""
