"""Puts items into the desktop's keyring as aws-vault's library does.

Usage: secret_service.py COLLECTION [ATTRIBUTE DATA]...

Each item has the one attribute `profile`, and holds an item of the library's kind around DATA. The bus is spoken to by
hand, since no library for it is there wherever these tests run.
"""

import base64
import json
import os
import socket
import struct
import sys

SECRETS = "/org/freedesktop/secrets"


class Body:
    def __init__(self):
        self.bytes = bytearray()

    def align(self, size):
        self.bytes += bytes(-len(self.bytes) % size)

    def number(self, number):
        self.align(4)
        self.bytes += struct.pack("<I", number)

    def text(self, text):
        self.number(len(text.encode()))
        self.bytes += text.encode() + b"\0"

    def signature(self, text):
        self.bytes += bytes([len(text)]) + text.encode() + b"\0"

    def array(self, data):
        self.number(len(data))
        self.bytes += data

    def entries(self, pairs, write):
        self.number(0)
        at = len(self.bytes)
        self.align(8)
        begun = len(self.bytes)
        for name, value in pairs:
            self.align(8)
            self.text(name)
            write(value)
        self.bytes[at - 4 : at] = struct.pack("<I", len(self.bytes) - begun)


class Bus:
    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address.partition("unix:path=")[2].partition(",")[0])
        user = str(os.getuid()).encode().hex()
        self.socket.sendall(b"\0AUTH EXTERNAL " + user.encode() + b"\r\n")
        assert self.socket.recv(200).startswith(b"OK ")
        self.socket.sendall(b"BEGIN\r\n")
        self.serial = 0
        bus = "org.freedesktop.DBus"
        self.call(bus, "/org/freedesktop/DBus", bus, "Hello", "", Body())

    def call(self, destination, path, interface, member, signature, body):
        self.serial += 1
        fields = Body()
        for code, kind, value in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", destination)):
            fields.align(8)
            fields.bytes.append(code)
            fields.signature(kind)
            fields.text(value)
        if signature:
            fields.align(8)
            fields.bytes.append(8)
            fields.signature("g")
            fields.signature(signature)
        head = struct.pack("<cBBBIII", b"l", 1, 0, 1, len(body.bytes), self.serial, len(fields.bytes))
        fields.align(8)
        self.socket.sendall(head + fields.bytes + body.bytes)
        while True:
            kind, answer = self.message()
            if kind != 4:
                assert kind == 2, answer
                return answer

    def message(self):
        _, kind, _, _, length, _, fields = struct.unpack("<cBBBIII", self.read(16))
        self.read(fields + -fields % 8)
        return kind, self.read(length)

    def read(self, length):
        data = b""
        while len(data) < length:
            data += self.socket.recv(length - len(data)) or sys.exit("the bus has gone")
        return data


def open_session(bus):
    body = Body()
    body.text("plain")
    body.signature("s")
    body.text("")
    answer = bus.call("org.freedesktop.secrets", SECRETS, "org.freedesktop.Secret.Service", "OpenSession", "sv", body)
    # After a variant with an empty text.
    return answer[16:-1].decode()


def create(bus, session, collection, attribute, data):
    label, attributes = ("org.freedesktop.Secret.Item." + name for name in ("Label", "Attributes"))
    body = Body()

    def variant(value):
        if isinstance(value, str):
            body.signature("s")
            body.text(value)
        else:
            body.signature("a{ss}")
            body.entries(value, body.text)

    body.entries([(label, attribute), (attributes, [("profile", attribute)])], variant)
    body.align(8)
    body.text(session)
    body.array(b"")
    wrapped = {"Key": attribute, "Data": base64.b64encode(data.encode()).decode(), "Label": "", "Description": ""}
    body.array(json.dumps(wrapped).encode())
    body.text("application/json")
    body.number(1)
    path, interface = f"{SECRETS}/collection/{collection}", "org.freedesktop.Secret.Collection"
    bus.call("org.freedesktop.secrets", path, interface, "CreateItem", "a{sv}(oayays)b", body)


bus = Bus(os.environ["DBUS_SESSION_BUS_ADDRESS"])
session = open_session(bus)
for attribute, data in zip(sys.argv[2::2], sys.argv[3::2]):
    create(bus, session, sys.argv[1], attribute, data)
