"""The workflow matrix: what FiftyOne does with local media, done with remote ones, and compared.

A row is a workflow, written once (`row.py`), in a module of `rows/`. The test runs it on a local directory
and at each provider, where the outcome must be equal and the requests as few as `record.json` says. That
record, written by such runs, is what the page `docs/guides/workflow-matrix.md` is made from.

To add a row, decorate a function of a module in `rows/` with `row.row`, and record it:
`RECORD_MATRIX=1 pytest tests/workflows/test_matrix.py -k "NAME or page"`.
"""
