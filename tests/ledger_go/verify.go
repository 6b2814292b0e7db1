// Verify checks what a ledger proves with the packages that Go's checksum database is read with, and signs notes.
//
// On standard input it takes a JSON list of questions, and answers each on standard output, in their order.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Question is one of three: to sign Text with SKey; whether the log of VKey signed Checkpoint and, where there is a
// Record, holds it; and, where there is an Old one, whether Checkpoint goes on from it.
type Question struct {
	SKey string `json:"skey"`
	Text string `json:"text"`

	VKey       string  `json:"vkey"`
	Checkpoint string  `json:"checkpoint"`
	Record     *Record `json:"record"`
	Old        *Old    `json:"old"`
}

// Record is a leaf and the proof of its inclusion.
type Record struct {
	Body  []byte   `json:"body"`
	Index int64    `json:"index"`
	Proof [][]byte `json:"proof"`
}

// Old is an earlier checkpoint and the proof of consistency with it.
type Old struct {
	Checkpoint string   `json:"checkpoint"`
	Proof      [][]byte `json:"proof"`
}

// Answer has an Error unless everything that was asked for is so.
type Answer struct {
	Error  string `json:"error"`
	Note   string `json:"note"`
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
}

type tree struct {
	origin string
	size   int64
	root   tlog.Hash
}

func main() {
	var questions []Question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]Answer, len(questions))
	for i, question := range questions {
		answer, err := reply(question)
		if err != nil {
			answer.Error = err.Error()
		}
		answers[i] = answer
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func reply(question Question) (Answer, error) {
	if question.SKey != "" {
		return sign(question)
	}
	now, err := open(question.VKey, question.Checkpoint)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Origin: now.origin, Size: now.size}
	if record := question.Record; record != nil {
		proof, err := hashes(record.Proof)
		if err != nil {
			return answer, err
		}
		leaf := tlog.RecordHash(record.Body)
		if err := tlog.CheckRecord(tlog.RecordProof(proof), now.size, now.root, record.Index, leaf); err != nil {
			return answer, err
		}
	}
	if old := question.Old; old != nil {
		before, err := open(question.VKey, old.Checkpoint)
		if err != nil {
			return answer, err
		}
		proof, err := hashes(old.Proof)
		if err != nil {
			return answer, err
		}
		return answer, tlog.CheckTree(tlog.TreeProof(proof), now.size, now.root, before.size, before.root)
	}
	return answer, nil
}

func sign(question Question) (Answer, error) {
	signer, err := note.NewSigner(question.SKey)
	if err != nil {
		return Answer{}, err
	}
	signed, err := note.Sign(&note.Note{Text: question.Text}, signer)
	return Answer{Note: string(signed)}, err
}

// open returns the tree of a checkpoint (https://c2sp.org/tlog-checkpoint) that the key's owner signed.
func open(vkey, text string) (tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return tree{}, errors.New("a checkpoint has three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tree{lines[0], size, root}, err
}

func hashes(proof [][]byte) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(proof))
	for i, each := range proof {
		if len(each) != tlog.HashSize {
			return nil, errors.New("a hash has 32 bytes")
		}
		copy(found[i][:], each)
	}
	return found, nil
}
