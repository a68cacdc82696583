package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"tailscale.com/tailcfg"
)

// nodeJSON is a node as the admin API shows it.
type nodeJSON struct {
	ID        tailcfg.NodeID `json:"id"`
	StableID  string         `json:"stableId"`
	Name      string         `json:"name"`
	Hostname  string         `json:"hostname"`
	Addresses []netip.Prefix `json:"addresses"`
	Tags      []string       `json:"tags"`
	Online    *bool          `json:"online"`
	LastSeen  *time.Time     `json:"lastSeen"`
	KeyExpiry *time.Time     `json:"keyExpiry"`
	Routes    []netip.Prefix `json:"routes"`
	Offered   []netip.Prefix `json:"offeredRoutes"`
	Synthetic bool           `json:"synthetic"`
}

func (n *node) json() nodeJSON {
	out := nodeJSON{
		ID: n.ID, StableID: string(n.StableID), Name: n.Name, Hostname: n.Hostinfo.Hostname(),
		Addresses: n.Addresses, Tags: n.Tags, Online: n.Online, LastSeen: n.LastSeen,
		Routes: n.approved, Offered: n.Hostinfo.RoutableIPs().AsSlice(), Synthetic: n.synthetic,
	}
	if !n.KeyExpiry.IsZero() {
		out.KeyExpiry = &n.KeyExpiry
	}
	return out
}

func adminHandler(t *tailnet, door *frontDoor) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /nodes", func(w http.ResponseWriter, r *http.Request) {
		t.mu.Lock()
		defer t.mu.Unlock()
		nodes := []nodeJSON{}
		for _, n := range t.sorted() {
			nodes = append(nodes, n.json())
		}
		reply(w, nodes)
	})
	mux.HandleFunc("PATCH /nodes/{name}", func(w http.ResponseWriter, r *http.Request) {
		t.editNode(w, r, func(n *node, fields map[string]json.RawMessage) error { return t.patchNode(n, fields) })
	})
	mux.HandleFunc("DELETE /nodes/{name}", func(w http.ResponseWriter, r *http.Request) {
		t.editNode(w, r, func(n *node, _ map[string]json.RawMessage) error { t.drop(n); return nil })
	})
	mux.HandleFunc("GET /tailnet", func(w http.ResponseWriter, r *http.Request) { reply(w, t.summary(door)) })
	mux.HandleFunc("PATCH /tailnet", func(w http.ResponseWriter, r *http.Request) {
		fields, err := decodeFields(r)
		if err == nil {
			err = t.patchTailnet(door, fields)
		}
		if err != nil {
			fail(w, http.StatusBadRequest, err)
			return
		}
		reply(w, t.summary(door))
	})
	return mux
}

func (t *tailnet) summary(door *frontDoor) any {
	t.mu.Lock()
	defer t.mu.Unlock()
	peers := 0
	for _, n := range t.nodes {
		if n.synthetic {
			peers++
		}
	}
	return map[string]any{
		"nodes": len(t.nodes) - peers, "peers": peers, "reachable": door.isOpen(), "peerRelay": t.peerRelay,
	}
}

// editNode runs edit on the node that the request names and answers with the node.
func (t *tailnet) editNode(w http.ResponseWriter, r *http.Request, edit func(*node, map[string]json.RawMessage) error) {
	fields, err := decodeFields(r)
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	t.change(func() []*node {
		n := t.find(r.PathValue("name"))
		if n == nil {
			fail(w, http.StatusNotFound, fmt.Errorf("no node %q", r.PathValue("name")))
			return nil
		}
		if err := edit(n, fields); err != nil {
			fail(w, http.StatusBadRequest, err)
			return nil
		}
		reply(w, n.json())
		return []*node{n}
	})
}

// patchNode sets the fields given. The caller is inside t.change.
func (t *tailnet) patchNode(n *node, fields map[string]json.RawMessage) error {
	for name, value := range fields {
		var err error
		switch name {
		case "online":
			n.pinned, err = decode[*bool](value)
			n.setOnline()
		case "lastSeen":
			n.LastSeen, err = decode[*time.Time](value)
		case "tags":
			n.Tags, err = decode[[]string](value)
			n.setUser()
		case "user":
			var loginName string
			if loginName, err = decode[string](value); err == nil {
				n.owner, err = userID(loginName)
				n.setUser()
			}
		case "keyExpiry":
			n.KeyExpiry, err = decode[time.Time](value)
		case "name":
			var hostname string
			if hostname, err = decode[string](value); err == nil {
				t.rename(n, hostname)
				n.renamed = true
			}
		case "routes":
			n.approved, err = decode[[]netip.Prefix](value)
		default:
			err = fmt.Errorf("no such field")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	// setOnline made "now" of a change to offline; a time that is given wins.
	if value, ok := fields["lastSeen"]; ok {
		n.LastSeen, _ = decode[*time.Time](value)
	}
	return nil
}

func (t *tailnet) patchTailnet(door *frontDoor, fields map[string]json.RawMessage) (err error) {
	for name, value := range fields {
		switch name {
		case "peers":
			var count int
			if count, err = decode[int](value); err == nil {
				t.setPeers(count)
			}
		case "reachable":
			var reachable bool
			if reachable, err = decode[bool](value); err == nil && reachable {
				err = door.open()
			} else if err == nil {
				door.close()
			}
		default:
			t.change(func() []*node { err = t.set(name, value); return nil })
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// set sets what map responses carry beside nodes. The caller is inside t.change.
func (t *tailnet) set(name string, value json.RawMessage) (err error) {
	switch name {
	case "grants":
		t.grants, err = decode[[]grant](value)
	case "peerRelay":
		t.peerRelay, err = decode[bool](value)
	case "messages":
		t.messages, err = decode[map[tailcfg.DisplayMessageID]*tailcfg.DisplayMessage](value)
	default:
		err = fmt.Errorf("no such field")
	}
	return err
}

func decodeFields(r *http.Request) (map[string]json.RawMessage, error) {
	if r.Method == http.MethodDelete {
		return nil, nil
	}
	fields := map[string]json.RawMessage{}
	err := json.NewDecoder(r.Body).Decode(&fields)
	return fields, err
}

func decode[T any](value json.RawMessage) (out T, err error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&out)
	return out, err
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

// userID is the ID of a user of the tailnet.
func userID(loginName string) (tailcfg.UserID, error) {
	for _, profile := range userProfiles {
		if profile.LoginName == loginName {
			return profile.ID, nil
		}
	}
	return 0, fmt.Errorf("no user %q", loginName)
}
