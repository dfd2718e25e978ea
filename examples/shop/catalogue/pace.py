"""Does something at a steady rate until it is stopped."""
import signal
import time


def keep_doing(step, rate, count):
    """Calls step until Ctrl-C or SIGTERM, or count times where count is not 0: rate times a second, 0 as fast as it goes."""
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    done, begin = 0, time.monotonic()
    while not stopped and (not count or done < count):
        step()
        done += 1
        if rate:
            time.sleep(max(0, begin + done / rate - time.monotonic()))
