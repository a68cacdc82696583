package main

import (
	"cmp"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
)

const (
	magicDNSDomain = "lab.ts.net"
	tailnetName    = "lab.example.com"
)

// tailnet is everything that control tells its nodes. Each change gets a revision, so that a node's stream is sent
// only what changed since its last message.
type tailnet struct {
	control *testcontrol.Server
	derpMap *tailcfg.DERPMap

	mu       sync.Mutex
	revision uint64
	changed  chan struct{} // closed at the next change
	nodes    map[tailcfg.NodeID]*node
	removed  map[tailcfg.NodeID]uint64 // node to the revision that removed it
	deleted  map[key.NodePublic]bool   // keys of real nodes deleted by hand

	grants    []grant
	peerRelay bool
	messages  map[tailcfg.DisplayMessageID]*tailcfg.DisplayMessage
}

// node is one machine of the tailnet with what control knows beyond the network map.
type node struct {
	*tailcfg.Node
	synthetic bool
	revision  uint64
	streams   int            // open map polls
	pinned    *bool          // online state set by hand
	renamed   bool           // name set by hand
	owner     tailcfg.UserID // user set by hand; 0 is Alice
	approved  []netip.Prefix // subnet routes
}

// grant gives app capabilities for traffic from src (IP addresses or prefixes; empty: everyone) to everyone.
type grant struct {
	Src []string           `json:"src"`
	App tailcfg.PeerCapMap `json:"app"`
}

func newTailnet(derpMap *tailcfg.DERPMap) *tailnet {
	return &tailnet{
		derpMap: derpMap,
		changed: make(chan struct{}),
		nodes:   map[tailcfg.NodeID]*node{},
		removed: map[tailcfg.NodeID]uint64{},
		deleted: map[key.NodePublic]bool{},
	}
}

// loginHandler serves nodes: keys and registration by testcontrol, map polls by stream.
func (t *tailnet) loginHandler(baseURL string) http.Handler {
	t.control = &testcontrol.Server{
		Logf:             logger.Discard,
		DERPMap:          t.derpMap,
		ExplicitBaseURL:  baseURL,
		MagicDNSDomain:   magicDNSDomain,
		AllNodesSameUser: true,
		TagOwners:        map[string][]string{},
		AltMapStream:     t.stream,
	}
	return t.control
}

// change runs edit and wakes all streams. Nodes that edit returns are sent again.
func (t *tailnet) change(edit func() []*node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.revision++
	for _, n := range append(edit(), t.electRoutes()...) {
		n.revision = t.revision
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

// electRoutes gives each approved route to its first online node, as control does for high availability, and returns
// the nodes whose routes changed.
func (t *tailnet) electRoutes() (changed []*node) {
	taken := map[netip.Prefix]bool{}
	for _, n := range t.sorted() {
		var primary []netip.Prefix
		for _, route := range n.approved {
			// Exit routes are offered by every exit node; other routes have one router at a time.
			isExit := route.Bits() == 0
			if isExit || (!taken[route] && n.Online != nil && *n.Online) {
				primary = append(primary, route)
				taken[route] = true
			}
		}
		allowed := append(slices.Clone(n.Addresses), primary...)
		if n.synthetic && len(n.approved) == 0 || slices.Equal(allowed, n.AllowedIPs) {
			continue
		}
		n.AllowedIPs = allowed
		n.PrimaryRoutes = slices.DeleteFunc(primary, func(p netip.Prefix) bool { return p.Bits() == 0 })
		changed = append(changed, n)
	}
	return changed
}

func (t *tailnet) sorted() []*node {
	all := make([]*node, 0, len(t.nodes))
	for _, n := range t.nodes {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b *node) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// find returns the node with this first DNS label or stable ID, or nil.
func (t *tailnet) find(name string) *node {
	for _, n := range t.nodes {
		if label, _, _ := strings.Cut(n.Name, "."); label == name || string(n.StableID) == name {
			return n
		}
	}
	return nil
}

// setPeers makes the number of synthetic peers count.
func (t *tailnet) setPeers(count int) {
	t.change(func() (changed []*node) {
		wanted := map[tailcfg.NodeID]bool{}
		for i := 1; i <= count; i++ {
			n := syntheticPeer(i)
			wanted[n.ID] = true
			if t.nodes[n.ID] == nil {
				t.nodes[n.ID] = n
				delete(t.removed, n.ID)
				changed = append(changed, n)
			}
		}
		for id, n := range t.nodes {
			if n.synthetic && !wanted[id] {
				t.drop(n)
			}
		}
		return changed
	})
}

func (t *tailnet) drop(n *node) {
	delete(t.nodes, n.ID)
	t.removed[n.ID] = t.revision
	if !n.synthetic {
		t.deleted[n.Key] = true
		t.setRegisteredExpiry(n.Key, time.Now().Add(-time.Minute))
	}
}

// setRegisteredExpiry decides whether a login with this key is refused as expired.
func (t *tailnet) setRegisteredExpiry(k key.NodePublic, expiry time.Time) {
	if registered := t.control.Node(k); registered != nil {
		registered.KeyExpiry = expiry
		t.control.UpdateNode(registered)
	}
}

// rename gives n the DNS name for hostname, with a number behind it where another node has that name already.
func (t *tailnet) rename(n *node, hostname string) {
	label := dnsLabel(hostname)
	for i := 0; ; i++ {
		candidate := label
		if i > 0 {
			candidate = label + "-" + strconv.Itoa(i)
		}
		if other := t.find(candidate); other == nil || other == n {
			n.Name = candidate + "." + magicDNSDomain + "."
			return
		}
	}
}

var notInLabel = regexp.MustCompile(`[^a-z0-9]+`)

func dnsLabel(hostname string) string {
	if label := strings.Trim(notInLabel.ReplaceAllString(strings.ToLower(hostname), "-"), "-"); label != "" {
		return label
	}
	return "node"
}

// setUser makes the node its user's, or nobody's when it is tagged.
func (n *node) setUser() {
	n.User = aliceID
	if n.owner != 0 {
		n.User = n.owner
	}
	if len(n.Tags) > 0 {
		n.User = taggedDevicesID
	}
}

// setOnline applies the pinned state, or else whether the node has an open map poll.
func (n *node) setOnline() {
	online := n.streams > 0
	if n.pinned != nil {
		online = *n.pinned
	}
	if n.Online != nil && *n.Online && !online {
		now := time.Now().UTC()
		n.LastSeen = &now
	}
	n.Online = &online
}
