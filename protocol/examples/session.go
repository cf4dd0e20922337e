// A Go program without cgo, over the socket: go run session.go SOCKET USER PASSWORD. Logs in, sees the end.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

type connection struct{ net.Conn }

// open connects, and sends nothing to a server that is neither root's nor this user's.
func open(path string) (*connection, error) {
	socket, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path})
	if err != nil {
		return nil, err
	}
	raw, _ := socket.SyscallConn()
	var peer *syscall.Ucred
	raw.Control(func(fd uintptr) {
		peer, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil || peer.Uid != 0 && peer.Uid != uint32(os.Geteuid()) {
		return nil, errors.New("the socket is not served by a trusted user")
	}
	return &connection{socket}, nil
}

// call sends a request and reads its answer: four bytes of length, then JSON.
func (c *connection) call(method string, params any, result any) error {
	body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if _, err := c.Conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
		return err
	}
	var size uint32
	if binary.Read(c.Conn, binary.BigEndian, &size) != nil || size > 1<<20 {
		return errors.New("no answer")
	}
	body = make([]byte, size)
	if _, err := io.ReadFull(c.Conn, body); err != nil {
		return err
	}
	var answer struct{ Result, Error json.RawMessage }
	if err := json.Unmarshal(body, &answer); err != nil || answer.Error != nil {
		return fmt.Errorf("the daemon refused: %s", answer.Error)
	}
	return json.Unmarshal(answer.Result, result)
}

func main() {
	var login struct{ Token string }
	usher, err := open(os.Args[1])
	if err == nil {
		err = usher.call("auth.start", map[string]any{"user": os.Args[2], "password": os.Args[3]}, &login)
	}
	for said := false; err == nil; time.Sleep(10 * time.Millisecond) {
		var answer struct {
			Valid   bool
			Session struct{ User string }
		}
		err = usher.call("session.validate", map[string]any{"token": login.Token}, &answer)
		if err == nil && !answer.Valid {
			fmt.Println("revoked")
			return
		} else if err == nil && !said {
			fmt.Printf("token %s\nvalid %s\n", login.Token, answer.Session.User)
			said = true
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
