"""Azure Blob Storage and Data Lake Storage, of which the blob endpoint is the same.

    reads            GET and HEAD, on plain HTTP connections
    sdk              everything else, by azure-storage-blob
    authentication   how a request says who asks: shared key, SAS, OAuth token, nobody
    chain            `DefaultAzureCredential`, and what came of each of its sources

The reads go neither through obstore, which keeps Content-MD5 and Azure's error codes to itself and cannot
carry every blob's name, nor through azure-storage-blob, which takes more than three times as much of the
processor for each.
"""
