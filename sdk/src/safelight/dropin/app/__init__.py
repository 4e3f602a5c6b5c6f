"""Remote media in the App, in browsers that know nothing of stores.

grid, modal ──GraphQL──► signed paths ──/media?filepath=──► delivery ──► media cache or store

signed_paths   what the browser gets instead of an address: nobody can make one but this server
delivery       the bytes behind a signed path, with ranges
redirects      or where a browser gets them from the store itself
byte_ranges    which bytes a request asks for
conditions     whether what a browser has already is still good
documents      addresses inside what the App reads as JSON: frames, and scenes with their assets
dimensions     what the grid needs to know of a picture or video before it shows it
"""
