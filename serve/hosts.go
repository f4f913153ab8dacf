package serve

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// knownHost refuses requests for an unknown host. A page of another site can give its own name the address of this server (DNS
// rebinding), and the browser then takes the server for a part of that site.
//
// A server on loopback knows localhost and the configured hosts. A server on another address knows every host, unless some are
// configured. Addresses are always known, because only a name can be rebound.
func (s *Server) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.loopback.Load() && len(s.settings.AllowedHosts) == 0 || s.knows(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		fail(w, r, problem(http.StatusMisdirectedRequest, "unknown_host", "", "this server does not serve the host %.200q; allowed_hosts configures more", r.Host))
	})
}

func (s *Server) knows(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil || host == "" { // HTTP/1.0 need not name a host, and no browser uses it
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		slices.ContainsFunc(s.settings.AllowedHosts, func(allowed string) bool { return strings.EqualFold(allowed, host) })
}
