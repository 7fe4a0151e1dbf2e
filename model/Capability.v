(* SPDX-License-Identifier: Apache-2.0 *)
(* Capabilities: what one names and what its holder may do with it. *)
From Coq Require Import List NArith Arith Bool.
Import ListNotations.

(* A namespace is its path, nearest step first; the root is []. So an ancestor
   is a suffix, and the tree needs no table of its own. *)
Definition namespace := list nat.

Fixpoint ancestor (a n : namespace) : bool :=
  if list_eq_dec Nat.eq_dec a n then true
  else match n with [] => false | _ :: up => ancestor a up end.

Definition same (a b : namespace) : bool := if list_eq_dec Nat.eq_dec a b then true else false.

Record slot_name := { table : nat; index : nat }.

Definition slot_eq (a b : slot_name) : bool :=
  (table a =? table b) && (index a =? index b).

Inductive kind := Untyped | Memory | Endpoint | Notification | Table | Thread.

Definition kind_eq (a b : kind) : {a = b} + {a <> b}.
Proof. decide equality. Defined.

Definition is (a b : kind) : bool := if kind_eq a b then true else false.

(* What a message sent through the capability may carry over a border. *)
Record gate_terms := {
  authority : namespace;   (* of the thread that made the gate *)
  passes : kind;           (* the one type that it lets through *)
  rights_through : N;
  size_through : N }.

(* Identities are given in order of making and never again, so a parent's is
   always the smaller one. The nucleus has no such number: only its list. *)
Record cap := {
  id : nat;
  slot : slot_name;
  parent : option nat;
  what : kind;
  object : nat;
  rights : N;              (* a set of bits *)
  badge : option N;
  base : N; size : N;      (* the memory within reach *)
  gate : option gate_terms }.

Definition with_slot (s : slot_name) (c : cap) : cap :=
  {| id := id c; slot := s; parent := parent c; what := what c; object := object c;
     rights := rights c; badge := badge c; base := base c; size := size c; gate := gate c |}.

Definition with_parent (p : option nat) (c : cap) : cap :=
  {| id := id c; slot := slot c; parent := p; what := what c; object := object c;
     rights := rights c; badge := badge c; base := base c; size := size c; gate := gate c |}.

(* Once given, the same for ever. *)
Definition given_once {T} (later earlier : option T) : Prop :=
  earlier = None \/ later = earlier.

Definition within (b s b' s' : N) : Prop := (b' <= b /\ b + s <= b' + s')%N.

(* c may stand below d in the derivation tree: never more memory, and unless
   it was made from an Untyped, the same object with no more authority. *)
Definition no_more_than (c d : cap) : Prop :=
  within (base c) (size c) (base d) (size d) /\
  (what d = Untyped \/
   (what c = what d /\ object c = object d /\ N.land (rights c) (rights d) = rights c /\
    given_once (badge c) (badge d) /\ given_once (gate c) (gate d))).
