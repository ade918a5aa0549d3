"""The Hugging Face hub: search, plan, download; nothing is asked unless the user does.

`address` reads what a user typed, `search` and `plan` ask, `download` fetches into the
hub's own cache (`cache`), where other programs find the model too. All answers are
untrusted, end within seconds (`http`), and fail in one sentence.

Here belongs what needs the network or knows the cache's layout. Opening what was
downloaded belongs in `models.loading`.
"""
