package main

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// frontDoor is the listener that nodes reach control at. Closed, control is unreachable and forgets nothing.
type frontDoor struct {
	address string
	handler http.Handler

	mu     sync.Mutex
	server *http.Server // nil when closed
	// Nodes' connections are hijacked by the Noise upgrade, so http.Server.Close does not end them.
	conns map[net.Conn]bool
}

func (d *frontDoor) isOpen() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.server != nil
}

func (d *frontDoor) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.server != nil {
		return nil
	}
	ln, err := net.Listen("tcp", d.address)
	if err != nil {
		return err
	}
	d.conns = map[net.Conn]bool{}
	d.server = &http.Server{Handler: d.handler, ConnContext: d.track, ConnState: d.forget}
	go d.server.Serve(ln)
	return nil
}

func (d *frontDoor) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.server == nil {
		return
	}
	d.server.Close()
	d.server = nil
	for conn := range d.conns {
		conn.Close()
	}
}

func (d *frontDoor) track(ctx context.Context, conn net.Conn) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns[conn] = true
	return ctx
}

func (d *frontDoor) forget(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	// close() holds the mutex while the server reports its connections closed.
	go func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.conns, conn)
	}()
}
