#!/usr/bin/python3
"""Counts round trips: a relay in front of a server, which answers late.

    wire.py FILE NAME=PORT...

For each NAME a port of 127.0.0.1 that relays to PORT, and one port `control`; FILE then holds a line
`NAME PORT` for each. A round trip is a client that sends after it was answered. Every answer
is held back for a while, so a client that does not wait for it has sent all it has to send. Whoever
connects to `control` and sends a line with a NAME is told how many round trips that relay has seen.
"""
import os
import socket
import sys
import threading
import time

LATE = 0.08  # seconds
turns = {}


def listen():
    sock = socket.create_server(("127.0.0.1", 0))
    return sock, sock.getsockname()[1]


def accept(sock, serve):
    while True:
        client, _ = sock.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def relay(name, port, client):
    server = socket.create_connection(("127.0.0.1", port))
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answered = [True]

    def copy(source, target, seen):
        try:
            while data := source.recv(65536):
                seen()
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def asks():
        if answered[0]:
            turns[name] += 1
            answered[0] = False

    def answers():
        time.sleep(LATE)
        answered[0] = True

    threading.Thread(target=copy, args=(server, client, answers), daemon=True).start()
    copy(client, server, asks)


def control(client):
    with client, client.makefile("rw") as lines:
        for line in lines:
            lines.write(f"{turns[line.strip()]}\n")
            lines.flush()


def main():
    file, *relays = sys.argv[1:]
    ports = []
    for spec in relays:
        name, port = spec.split("=")
        turns[name] = 0
        sock, own = listen()
        ports.append(f"{name} {own}\n")
        serve = lambda client, name=name, port=int(port): relay(name, port, client)
        threading.Thread(target=accept, args=(sock, serve), daemon=True).start()
    sock, own = listen()
    ports.append(f"control {own}\n")
    with open(file + ".new", "w", encoding="ascii") as out:
        out.writelines(ports)
    os.rename(file + ".new", file)
    accept(sock, control)


main()
