"""What may be shown, and on what terms: cut-outs, backgrounds, licences, the default pack."""
