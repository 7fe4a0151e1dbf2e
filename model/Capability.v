(* SPDX-License-Identifier: Apache-2.0 *)
(* Capabilities: what one names and what its holder may do with it. *)
From Coq Require Import List NArith Arith Bool.
Import ListNotations.

(* A namespace is its path, nearest step first; the root is []. So an ancestor
   is a suffix. *)
Definition namespace := list nat.

Fixpoint ancestor (a n : namespace) : bool :=
  if list_eq_dec Nat.eq_dec a n then true
  else match n with [] => false | _ :: up => ancestor a up end.

Definition same (a b : namespace) : bool := if list_eq_dec Nat.eq_dec a b then true else false.

(* A CapTable, by the identity of its object, and a place in it. *)
Record slot_name := { table : nat; index : nat }.

Definition slot_eq (a b : slot_name) : bool :=
  (table a =? table b) && (index a =? index b).

(* Of the ABI's types, those that differ for the rules: one that is copied by
   parts, one that is never copied, two that cost their namespace something, and
   two with badges, of which one may become a gate. Reply stands for the rest. *)
Inductive kind := Untyped | Table | Thread | Memory | Endpoint | Reply | Notification.

Definition kind_eq (a b : kind) : {a = b} + {a <> b}.
Proof. decide equality. Defined.

Definition is (a b : kind) : bool := if kind_eq a b then true else false.

(* abi/nucleus.toml's, where a mask of types has bit n for number n. *)
Definition number (k : kind) : N :=
  match k with
  | Untyped => 1 | Table => 2 | Thread => 3 | Memory => 6 | Endpoint => 7 | Reply => 8 | Notification => 9
  end.

Definition in_mask (k : kind) (mask : N) : bool := N.testbit mask (number k).

(* Rights, a set of bits. *)
Definition right_write : N := 2.
Definition right_grant : N := 8.
Definition right_manage : N := 32.
Definition all_rights : N := 63.
Definition has (bits all : N) : bool := N.eqb (N.land all bits) bits.

(* What a message sent through the capability may carry over a border. *)
Record gate_terms := {
  authority : namespace;   (* of the thread that made the gate *)
  passes : N;              (* a mask of types *)
  rights_through : N;
  largest : N }.           (* log2 of the largest range that passes; 0: any *)

(* Identities are given in order of making and never again, so a parent's is
   always the smaller one. The nucleus has no such number: only its list. *)
Record cap := {
  id : nat;
  slot : slot_name;
  parent : option nat;
  what : kind;
  object : nat;            (* its identity: that of the first capability to it *)
  rights : N;
  badge : N;               (* 0: none yet *)
  base : N; size : N;      (* the memory within reach *)
  gate : option gate_terms;
  taken : N;               (* Untyped: bytes handed out, from the start *)
  paid : N }.              (* of those, bytes charged to the namespace it is in *)

Definition with_slot (s : slot_name) (c : cap) : cap :=
  {| id := id c; slot := s; parent := parent c; what := what c; object := object c;
     rights := rights c; badge := badge c; base := base c; size := size c; gate := gate c;
     taken := taken c; paid := paid c |}.

Definition with_parent (p : option nat) (c : cap) : cap :=
  {| id := id c; slot := slot c; parent := p; what := what c; object := object c;
     rights := rights c; badge := badge c; base := base c; size := size c; gate := gate c;
     taken := taken c; paid := paid c |}.

Definition with_account (t p : N) (c : cap) : cap :=
  {| id := id c; slot := slot c; parent := parent c; what := what c; object := object c;
     rights := rights c; badge := badge c; base := base c; size := size c; gate := gate c;
     taken := t; paid := p |}.

(* Once given, the same for ever. *)
Definition gate_kept (later earlier : cap) : Prop := gate earlier = None \/ gate later = gate earlier.
Definition badge_kept (later earlier : cap) : Prop := badge earlier = 0%N \/ badge later = badge earlier.

Definition within (b s b' s' : N) : Prop := (b' <= b /\ b + s <= b' + s')%N.

(* c may stand below d in the derivation tree: never more memory, and unless
   it was made from an Untyped, the same object with no more authority. *)
Definition no_more_than (c d : cap) : Prop :=
  within (base c) (size c) (base d) (size d) /\
  (what d = Untyped \/
   (what c = what d /\ object c = object d /\ N.land (rights c) (rights d) = rights c /\
    badge_kept c d /\ gate_kept c d)).
