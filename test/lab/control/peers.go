package main

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"

	"go4.org/mem"
	"tailscale.com/net/tsaddr"
	"tailscale.com/tailcfg"
	"tailscale.com/types/dnstype"
	"tailscale.com/types/key"
)

const (
	aliceID         tailcfg.UserID = 123 // testcontrol's user of all real nodes
	bobID           tailcfg.UserID = 124
	bigUserID       tailcfg.UserID = 1<<53 + 1 // not a JavaScript number
	strangerID      tailcfg.UserID = 9001
	taggedDevicesID tailcfg.UserID = 2147455555

	firstSyntheticID = 100_000
)

var userProfiles = []tailcfg.UserProfile{
	{ID: aliceID, LoginName: "alice@lab.example.com", DisplayName: "Alice Lab"},
	{ID: bobID, LoginName: "bob@lab.example.com", DisplayName: `Bob "Ω" Łab`},
	{ID: bigUserID, LoginName: "carol@github", DisplayName: "Carol"},
	{ID: strangerID, LoginName: "stranger@elsewhere.example.com", DisplayName: "Stranger"},
	{ID: taggedDevicesID, LoginName: "tagged-devices", DisplayName: "Tagged Devices"},
}

var (
	systems  = []string{"linux", "linux", "linux", "windows", "macOS", "iOS", "android", "freebsd"}
	versions = []string{"1.102.3-t000000000", "1.102.3-t000000000", "1.98.4-t000000000", "1.80.0-t000000000"}
	tagSets  = [][]string{{"tag:web"}, {"tag:db", "tag:prod"}, {"tag:ci-runner"}}
)

// syntheticPeer returns the peer with number i, counted from 1, always the same but for its times. It exists in the
// network map only: nothing answers there. Numbers 11 to 18 are the odd ones that real tailnets have.
func syntheticPeer(i int) *node {
	hostname := fmt.Sprintf("node-%04d", i)
	v4 := netip.AddrFrom4([4]byte{100, byte(96 + i>>16), byte(i >> 8), byte(i)})
	addresses := []netip.Prefix{netip.PrefixFrom(v4, 32), netip.PrefixFrom(tsaddr.Tailscale4To6(v4), 128)}
	seed := sha256.Sum256([]byte(hostname))
	now := time.Now().UTC().Truncate(time.Second)
	online := i%7 != 0
	n := &node{synthetic: true, Node: &tailcfg.Node{
		ID:                tailcfg.NodeID(firstSyntheticID + i),
		StableID:          tailcfg.StableNodeID(fmt.Sprintf("nLab%05dCNTRL", i)),
		Name:              hostname + "." + magicDNSDomain + ".",
		Key:               key.NodePublicFromRaw32(mem.B(seed[:])),
		Machine:           key.MachinePublicFromRaw32(mem.B(seed[:])),
		DiscoKey:          key.DiscoPublicFromRaw32(mem.B(seed[:])),
		Addresses:         addresses,
		AllowedIPs:        addresses,
		HomeDERP:          1 + i%2,
		Created:           now.AddDate(0, 0, -i%700),
		Cap:               tailcfg.CurrentCapabilityVersion,
		MachineAuthorized: true,
		Online:            &online,
	}}
	if i%4 == 0 {
		n.Tags = tagSets[i/4%len(tagSets)]
	}
	n.setUser()
	if n.Tags == nil {
		n.User = []tailcfg.UserID{aliceID, bobID, bigUserID}[i%3]
		// Some keys ended lately.
		n.KeyExpiry = now.AddDate(0, 0, 180-i%200)
	}
	if !online {
		seen := now.Add(-time.Duration(i) * time.Hour)
		n.LastSeen = &seen
	}
	info := &tailcfg.Hostinfo{Hostname: hostname, OS: systems[i%len(systems)], IPNVersion: versions[i%len(versions)]}
	makeOdd(n, info, i)
	n.Hostinfo = info.View()
	return n
}

func makeOdd(n *node, info *tailcfg.Hostinfo, i int) {
	switch i {
	case 11: // the hostname of another node; control keeps the DNS names apart
		info.Hostname = "node-0010"
		n.Name = "node-0010-1." + magicDNSDomain + "."
	case 12: // a hostname that breaks careless label values and log lines
		info.Hostname = "Ada's \"Büro\" \\ {node}\nline two\t\u2028end"
		n.Name = "ada-s-b-ro." + magicDNSDomain + "."
	case 13: // shared in from another tailnet
		n.Name = "shared-db.tail0a1b2c.ts.net."
		info.Hostname, n.User, n.Sharer, n.Tags, n.KeyExpiry = "shared-db", strangerID, strangerID, nil, time.Time{}
	case 14: // here because one of our nodes is shared out to its user
		n.Name = "visitor.tail0a1b2c.ts.net."
		info.Hostname, info.ShareeNode, n.User, n.Tags = "visitor", true, strangerID, nil
	case 15:
		makeMullvad(n, info)
	case 16: // an id that is not a JavaScript number; never seen, so control knows no time
		n.ID = 1<<60 + 1
		offline := false
		n.Online, n.LastSeen = &offline, nil
	case 17: // control does not say whether it is online
		n.Online, n.LastSeen = nil, nil
	case 18: // its key ended yesterday
		n.KeyExpiry = time.Now().UTC().AddDate(0, 0, -1).Truncate(time.Second)
	}
}

// makeMullvad makes the node an exit node that speaks WireGuard and nothing of Tailscale's.
func makeMullvad(n *node, info *tailcfg.Hostinfo) {
	n.Name = "de-fra-wg-001.mullvad.ts.net."
	n.Tags, n.User, n.KeyExpiry = []string{"tag:mullvad-exit-node"}, taggedDevicesID, time.Time{}
	n.IsWireGuardOnly, n.DiscoKey, n.HomeDERP, n.Cap = true, key.DiscoPublic{}, 0, 0
	n.Endpoints = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.15:51820")}
	n.approved = everywhere
	masquerade := netip.MustParseAddr("10.64.0.15")
	n.SelfNodeV4MasqAddrForThisPeer = &masquerade
	n.ExitNodeDNSResolvers = []*dnstype.Resolver{{Addr: "10.64.0.1"}}
	*info = tailcfg.Hostinfo{Hostname: "de-fra-wg-001", Location: &tailcfg.Location{
		Country: "Germany", CountryCode: "DE", City: "Frankfurt", CityCode: "FRA", Latitude: 50.11, Longitude: 8.68, Priority: 100,
	}}
}
