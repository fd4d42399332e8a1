"""Table exchange: an item's rows, kept up to date in a receiver's table or topic under an agreement.

`arranging` is what people do, `running` what a job does, `stepping` how a chunk takes effect once, `target` and `topic` where it goes.
"""
