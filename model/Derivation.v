(* SPDX-License-Identifier: Apache-2.0 *)
(* The derivation tree: what is below what, and how capabilities come and go. *)
From Coq Require Import List NArith Arith Bool.
From Tessera Require Import Capability State.
Import ListNotations.

(* Is the capability `i` below `root`? Fuel: a parent's identity is smaller,
   so a chain is never longer than the identity it begins with. *)
Fixpoint below (fuel : nat) (l : list cap) (root i : nat) : bool :=
  match fuel with
  | 0 => false
  | S f => match by_id l i with
           | None => false
           | Some c => match parent c with
                       | None => false
                       | Some p => (p =? root) || below f l root p
                       end
           end
  end.

Definition child_of (i : nat) (c : cap) : bool := match parent c with Some p => p =? i | None => false end.
Definition childless (l : list cap) (i : nat) : bool := forallb (fun c => negb (child_of i c)) l.

(* ---- going *)

(* What each of these was charged for is given back. *)
Definition refund_paid (l : list cap) (s : state) : state :=
  fold_left (fun t c => refund Bytes (place t c) (paid c) t) l s.

(* Only those that `p` holds of stay. *)
Definition keep (p : cap -> bool) (s : state) : state :=
  with_caps (filter p (caps s)) (refund_paid (filter (fun c => negb (p c)) (caps s)) s).

Definition revoke (root : nat) (s : state) : state :=
  keep (fun c => negb (below (next s) (caps s) root (id c))) s.

(* What was derived from `d` becomes derived from its parent. *)
Definition adopt_by (d c : cap) : cap := if child_of (id d) c then with_parent (parent d) c else c.

Definition remove (d : cap) (s : state) : state :=
  let t := keep (fun c => negb (id c =? id d)) s in with_caps (map (adopt_by d) (caps t)) t.

Definition delete (d : cap) (s : state) : state :=
  remove d (if kind_eq (what d) Untyped then revoke (id d) s else s).

(* A table that no capability names ends, and with it what lies in it. *)
Definition names (t : nat) (c : cap) : bool := object c =? t.
Definition orphan (s : state) (c : cap) : bool := negb (existsb (names (table (slot c))) (caps s)).

Fixpoint sweep (fuel : nat) (s : state) : state :=
  match fuel with
  | 0 => s
  | S f => match find (orphan s) (caps s) with
           | None => s
           | Some c => sweep f (delete c s)
           end
  end.

(* An Untyped without children has all its memory back. *)
Definition settle (s : state) : state :=
  let idle c := childless (caps s) (id c) in
  with_caps (map (fun c => if idle c then with_account 0 0 c else c) (caps s))
            (refund_paid (filter idle (caps s)) s).

(* Members that no capability names leave their namespace. *)
Definition alive (s : state) (m : member) : bool :=
  existsb (fun c => names (named m) c || (table (slot c) =? named m)) (caps s).

Definition end_members (s : state) : state :=
  fold_left (fun t m => refund (cost_of m) (of m) (weight m) t)
            (filter (fun m => negb (alive s m)) (members s))
            (with_members (filter (alive s) (members s)) s).

(* What follows when capabilities have gone. *)
Definition finish (s : state) : state := end_members (settle (sweep (length (caps s)) s)).

(* ---- coming *)

Definition add (c : cap) (s : state) : state :=
  {| caps := c :: caps s; next := S (next s); members := members s; spaces := spaces s |}.

(* `put i` for each i of n from `first` on. *)
Fixpoint each (put : nat -> state -> state) (n first : nat) (s : state) : state :=
  match n with 0 => s | S m => each put m (S first) (put first s) end.

(* ---- changing place *)

Definition exchange (a b x : slot_name) : slot_name :=
  if slot_eq x a then b else if slot_eq x b then a else x.

Definition relocate (a b : slot_name) (s : state) : state :=
  with_caps (map (fun c => with_slot (exchange a b (slot c)) c) (caps s)) s.
