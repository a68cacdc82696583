package main

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
)

const keepAliveInterval = 50 * time.Second

// stream answers one map request: for the life of the connection when it is a poll, once when a node reports itself.
func (t *tailnet) stream(ctx context.Context, w testcontrol.MapStreamWriter, req *tailcfg.MapRequest) {
	registered := t.control.Node(req.NodeKey)
	if registered == nil {
		return
	}
	if !req.Stream {
		if !req.ReadOnly {
			t.report(registered, req)
		}
		w.SendMapMessage(&tailcfg.MapResponse{})
		return
	}
	t.countStreams(registered, req, 1)
	defer t.countStreams(registered, req, -1)

	var sent uint64
	for {
		res, revision, changed := t.mapResponse(registered, sent)
		if w.SendMapMessage(res) != nil || !keepAlive(ctx, w, changed) {
			return
		}
		sent = revision
	}
}

// keepAlive holds a stream open until changed closes, and returns false when the stream ended before.
func keepAlive(ctx context.Context, w testcontrol.MapStreamWriter, changed <-chan struct{}) bool {
	ticker := time.NewTicker(keepAliveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-changed:
			return true
		case <-ticker.C:
			if w.SendMapMessage(&tailcfg.MapResponse{KeepAlive: true}) != nil {
				return false
			}
		}
	}
}

// join returns the tailnet's entry of a registered node, made at its first request. A node deleted by hand stays out
// until it has logged in again, with another key.
func (t *tailnet) join(registered *tailcfg.Node, req *tailcfg.MapRequest) (n *node, ok bool) {
	if t.deleted[registered.Key] {
		return nil, false
	}
	n = t.nodes[registered.ID]
	if n == nil {
		n = &node{Node: registered.Clone()}
		n.Created = time.Now().UTC().Truncate(time.Second)
		// Clients take a later time only for a node that has had one.
		n.LastSeen = &n.Created
		n.CapMap = tailcfg.NodeCapMap{
			tailcfg.CapabilityHTTPS:       nil,
			tailcfg.CapabilityFileSharing: nil,
			tailcfg.NodeAttrDisableUPnP:   nil,
		}
		t.rename(n, registered.Hostinfo.Hostname())
		t.nodes[n.ID] = n
		delete(t.removed, n.ID)
	}
	if n.Key != registered.Key || !registered.KeyExpiry.IsZero() {
		// A new login: testcontrol copies the old key's expiry to the new one.
		n.KeyExpiry = time.Time{}
		t.setRegisteredExpiry(registered.Key, time.Time{})
	}
	n.Key, n.Machine, n.Cap = registered.Key, registered.Machine, req.Version
	n.setUser()
	return n, true
}

func (t *tailnet) countStreams(registered *tailcfg.Node, req *tailcfg.MapRequest, delta int) {
	t.change(func() []*node {
		n, ok := t.join(registered, req)
		if !ok {
			return nil
		}
		n.streams += delta
		n.setOnline()
		return []*node{n}
	})
}

// report takes what a node says about itself: endpoints, disco key, home DERP, host info.
func (t *tailnet) report(registered *tailcfg.Node, req *tailcfg.MapRequest) {
	t.change(func() []*node {
		n, ok := t.join(registered, req)
		if !ok {
			return nil
		}
		n.DiscoKey = req.DiscoKey
		n.Endpoints = nil
		for _, endpoint := range req.Endpoints {
			if !endpoint.Addr().IsLinkLocalUnicast() {
				n.Endpoints = append(n.Endpoints, endpoint)
			}
		}
		if info := req.Hostinfo; info != nil {
			if info.NetInfo != nil && info.NetInfo.PreferredDERP != 0 {
				n.HomeDERP = info.NetInfo.PreferredDERP
			}
			if !n.renamed && info.Hostname != n.Hostinfo.Hostname() {
				t.rename(n, info.Hostname)
			}
			n.Hostinfo = info.View()
		}
		return []*node{n}
	})
}

// mapResponse returns what changed for a node since revision sent (0: everything), and a channel that closes at the
// next change.
func (t *tailnet) mapResponse(registered *tailcfg.Node, sent uint64) (*tailcfg.MapResponse, uint64, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now().UTC()
	self := t.self(registered)
	res := &tailcfg.MapResponse{
		Node:            self,
		Domain:          tailnetName,
		DNSConfig:       dnsConfig(self.Name),
		ControlTime:     &now,
		CollectServices: "true",
		PacketFilter:    t.packetFilter(),
		UserProfiles:    userProfiles,
		// "*" drops the messages of before.
		DisplayMessages: map[tailcfg.DisplayMessageID]*tailcfg.DisplayMessage{"*": nil},
	}
	maps.Copy(res.DisplayMessages, t.messages)
	peers := t.changedPeers(self.ID, sent)
	if sent == 0 {
		res.DERPMap, res.Peers = t.derpMap, peers
		return res, t.revision, t.changed
	}
	res.PeersChanged = peers
	for id, revision := range t.removed {
		if revision > sent && id != self.ID {
			res.PeersRemoved = append(res.PeersRemoved, id)
		}
	}
	return res, t.revision, t.changed
}

func (t *tailnet) changedPeers(self tailcfg.NodeID, sent uint64) (peers []*tailcfg.Node) {
	for _, n := range t.sorted() {
		if n.ID != self && n.revision > sent {
			peers = append(peers, n.Clone())
		}
	}
	return peers
}

// self is a node as it sees itself. To a deleted one its key has expired.
func (t *tailnet) self(registered *tailcfg.Node) *tailcfg.Node {
	if n := t.nodes[registered.ID]; n != nil && !t.deleted[registered.Key] {
		return n.Clone()
	}
	gone := registered.Clone()
	gone.KeyExpiry = time.Now().Add(-time.Minute)
	return gone
}

func dnsConfig(name string) *tailcfg.DNSConfig {
	return &tailcfg.DNSConfig{
		Proxied:     true,
		Domains:     []string{magicDNSDomain},
		CertDomains: []string{strings.TrimSuffix(name, ".")},
	}
}

var everywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// packetFilter lets everyone reach everyone, and carries the grants.
func (t *tailnet) packetFilter() []tailcfg.FilterRule {
	rules := slices.Clone(tailcfg.FilterAllowAll)
	if t.peerRelay {
		rules = append(rules, tailcfg.FilterRule{SrcIPs: []string{"*"}, CapGrant: []tailcfg.CapGrant{{
			Dsts: everywhere,
			Caps: []tailcfg.PeerCapability{tailcfg.PeerCapabilityRelay, tailcfg.PeerCapabilityRelayTarget},
		}}})
	}
	for _, g := range t.grants {
		src := g.Src
		if len(src) == 0 {
			src = []string{"*"}
		}
		rules = append(rules, tailcfg.FilterRule{
			SrcIPs:   src,
			CapGrant: []tailcfg.CapGrant{{Dsts: everywhere, CapMap: g.App}},
		})
	}
	return rules
}
