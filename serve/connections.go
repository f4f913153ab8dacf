package serve

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// connections is a listener that bounds the open connections, of all clients together and of each. It closes a connection beyond a
// limit at once. Without the limits a client could take all file descriptors of the process, and nobody would get an answer.
type connections struct {
	net.Listener
	limit     int
	perClient int
	log       *slog.Logger
	metrics   *metrics
	warnings  rate.Sometimes

	mu      sync.Mutex
	open    int
	clients map[netip.Prefix]int
}

func newConnections(l net.Listener, limit, perClient int, log *slog.Logger, m *metrics) *connections {
	return &connections{Listener: l, limit: limit, perClient: perClient, log: log, metrics: m,
		warnings: rate.Sometimes{First: 1, Interval: 10 * time.Second}, clients: map[netip.Prefix]int{}}
}

// Accept returns the next connection within the limits. Errors are logged and counted; net/http tries again after most of them.
func (l *connections) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				l.metrics.acceptErrors.Inc()
				l.warnings.Do(func() { l.log.Error("cannot accept connections", "error", err) })
			}
			return nil, err
		}
		client := clientOf(conn.RemoteAddr())
		if reason := l.add(client); reason != "" {
			l.metrics.refusedConnections.WithLabelValues(reason).Inc()
			l.warnings.Do(func() {
				l.log.Warn("connections are refused: too many are open", "limit", reason, "remote", conn.RemoteAddr().String())
			})
			_ = conn.Close()
			continue
		}
		return &countedConn{Conn: conn, close: sync.OnceFunc(func() { l.remove(client) })}, nil
	}
}

// add counts a connection of a client, or returns the limit that forbids it.
func (l *connections) add(client netip.Prefix) (reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open >= l.limit:
		return "total"
	case client.IsValid() && l.clients[client] >= l.perClient:
		return "client"
	}
	l.open++
	l.metrics.connections.Inc()
	if client.IsValid() {
		l.clients[client]++
	}
	return ""
}

func (l *connections) remove(client netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	l.metrics.connections.Dec()
	if client.IsValid() {
		if l.clients[client]--; l.clients[client] == 0 {
			delete(l.clients, client)
		}
	}
}

// clientOf returns the addresses that count as one client: an IPv4 address, or the /64 network of an IPv6 address. It returns the zero
// prefix for loopback, where a proxy may pass on the requests of many clients.
func clientOf(addr net.Addr) netip.Prefix {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	if err != nil || ip.IsLoopback() {
		return netip.Prefix{}
	}
	return prefix
}

// countedConn is a connection that is counted until it is closed.
type countedConn struct {
	net.Conn
	close func()
}

// Close closes the connection.
func (c *countedConn) Close() error {
	c.close()
	return c.Conn.Close()
}

// CloseWrite lets net/http close its side first, so that the client can read the end of an answer.
func (c *countedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
