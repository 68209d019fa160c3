"""idlers.py ADDRESS PORT ADDRESS...: connections that prove nothing: some say nothing, some send noise, all stay as long as they may."""
import os, socket, sys, threading, time

addresses, port = [sys.argv[1], *sys.argv[3:]], int(sys.argv[2])


def bother(address, noise):
    while True:
        try:
            with socket.create_connection((address, port), 1) as s:
                if noise:
                    s.sendall(os.urandom(200))
                while s.recv(4096):
                    pass
        except OSError:
            pass
        time.sleep(0.05)


for address in addresses:
    for i in range(8):
        threading.Thread(target=bother, args=(address, i % 2 == 1), daemon=True).start()
time.sleep(3600)
