"""An event loop: coroutines, futures, timers, threads and sockets, and nothing else.

The names mean what they mean in asyncio, which takes ten times as long to import
(docs/decisions/012). There are no context variables, no child watchers, no queues and no streams,
because nobody here needs them.
"""
