package main

import (
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	headerLength = 12
	rcodeServer  = 2 // SERVFAIL, RFC 1035 section 4.1.1
	rcodeName    = 3 // NXDOMAIN
)

// A responder makes the answer to a query; none means silence.
type responder func(query []byte) []byte

var responders = map[string]responder{
	"servfail-after": func(query []byte) []byte { return refusal(query, rcodeServer) },
	"nxdomain-after": func(query []byte) []byte { return refusal(query, rcodeName) },
	"drop-after":     func([]byte) []byte { return nil },
}

// misbehave answers on the ports of the real server until told to stop.
func misbehave(respond responder, stop <-chan os.Signal) int {
	go serveHTTP(":8080", "/health", http.StatusOK)
	go serveHTTP(":8181", "/ready", http.StatusOK)
	packets, err := net.ListenPacket("udp", ":53")
	if err != nil {
		log.Printf("coredns-fault: %v", err)
		return 1
	}
	streams, err := net.Listen("tcp", ":53")
	if err != nil {
		log.Printf("coredns-fault: %v", err)
		return 1
	}
	go servePackets(packets, respond)
	go serveStreams(streams, respond)
	<-stop
	return 0
}

func servePackets(connection net.PacketConn, respond responder) {
	buffer := make([]byte, 65535)
	for {
		length, client, err := connection.ReadFrom(buffer)
		if err != nil {
			log.Fatalf("coredns-fault: %v", err)
		}
		if answer := respond(buffer[:length]); answer != nil {
			_, _ = connection.WriteTo(answer, client)
		}
	}
}

func serveStreams(listener net.Listener, respond responder) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatalf("coredns-fault: %v", err)
		}
		go serveStream(connection, respond)
	}
}

func serveStream(connection net.Conn, respond responder) {
	defer connection.Close()
	for {
		_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
		var length uint16
		if binary.Read(connection, binary.BigEndian, &length) != nil {
			return
		}
		query := make([]byte, length)
		if _, err := io.ReadFull(connection, query); err != nil {
			return
		}
		answer := respond(query)
		if answer == nil {
			continue
		}
		framed := binary.BigEndian.AppendUint16(nil, uint16(len(answer)))
		if _, err := connection.Write(append(framed, answer...)); err != nil {
			return
		}
	}
}

// refusal answers the first question of a query with a bare response code; a packet that holds no question
// gets no answer.
func refusal(query []byte, rcode byte) []byte {
	end := questionEnd(query)
	if end == 0 {
		return nil
	}
	answer := append([]byte(nil), query[:end]...)
	answer[2] = 0x80 | query[2]&0x79 // response; opcode and "recursion desired" as asked
	answer[3] = 0x80 | rcode         // recursion available
	copy(answer[4:headerLength], []byte{0, 1, 0, 0, 0, 0, 0, 0})
	return answer
}

// questionEnd is the offset behind the first question, or 0 when there is none.
func questionEnd(query []byte) int {
	if len(query) < headerLength || query[2]&0x80 != 0 || binary.BigEndian.Uint16(query[4:]) == 0 {
		return 0
	}
	offset := headerLength
	for offset < len(query) && query[offset] != 0 {
		offset += int(query[offset]) + 1
	}
	if end := offset + 5; end <= len(query) {
		return end
	}
	return 0
}

// serveHTTP answers one path with one status; it retries while the port is still taken by the server before it.
func serveHTTP(address, path string, status int) {
	handler := http.NewServeMux()
	handler.HandleFunc(path, func(writer http.ResponseWriter, _ *http.Request) {
		writer.WriteHeader(status)
		_, _ = io.WriteString(writer, http.StatusText(status))
	})
	for {
		err := http.ListenAndServe(address, handler)
		log.Printf("coredns-fault: %s: %v", address, err)
		time.Sleep(100 * time.Millisecond)
	}
}
