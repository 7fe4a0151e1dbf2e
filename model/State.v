(* SPDX-License-Identifier: Apache-2.0 *)
(* The state: all capabilities, who is member of which namespace, and what each
   namespace may use, has used, and lets over its border. *)
From Coq Require Import List NArith Arith Bool.
From Tessera Require Import Capability.
Import ListNotations.

(* ---- what a namespace may use *)

Inductive resource := Bytes | Slots | Threads.

Record amounts := { bytes : N; slots : N; threads : N }.

Definition amount (r : resource) (a : amounts) : N :=
  match r with Bytes => bytes a | Slots => slots a | Threads => threads a end.

Definition update (r : resource) (f : N -> N) (a : amounts) : amounts :=
  match r with
  | Bytes => {| bytes := f (bytes a); slots := slots a; threads := threads a |}
  | Slots => {| bytes := bytes a; slots := f (slots a); threads := threads a |}
  | Threads => {| bytes := bytes a; slots := slots a; threads := f (threads a) |}
  end.

Record space := {
  path : namespace;
  used : amounts;          (* with that of the namespaces below *)
  limit : amounts;
  exports : N; imports : N }.   (* masks of types *)

(* A CapTable or Thread and the namespace that pays for it. *)
Record member := {
  named : nat;             (* the object's identity *)
  sort : kind;
  of : namespace;
  weight : N }.            (* a table's slots; 1 for a thread *)

Definition cost_of (m : member) : resource := if is (sort m) Table then Slots else Threads.

Record state := {
  caps : list cap;
  next : nat;                    (* the next identity *)
  members : list member;
  spaces : list space }.

Definition with_caps (l : list cap) (s : state) : state :=
  {| caps := l; next := next s; members := members s; spaces := spaces s |}.
Definition with_members (l : list member) (s : state) : state :=
  {| caps := caps s; next := next s; members := l; spaces := spaces s |}.
Definition with_spaces (l : list space) (s : state) : state :=
  {| caps := caps s; next := next s; members := members s; spaces := l |}.

Definition member_of (l : list member) (t : nat) : option member := find (fun m => named m =? t) l.

(* The namespace that a table's contents are in. *)
Definition home (s : state) (t : nat) : namespace :=
  match member_of (members s) t with Some m => of m | None => [] end.

Definition slots_in (s : state) (t : nat) : N :=
  match member_of (members s) t with
  | Some m => if is (sort m) Table then weight m else 0
  | None => 0
  end%N.

Definition place (s : state) (c : cap) : namespace := home s (table (slot c)).

Definition at_slot (s : state) (x : slot_name) : option cap :=
  find (fun c => slot_eq (slot c) x) (caps s).

Definition by_id (l : list cap) (i : nat) : option cap := find (fun c => id c =? i) l.

(* ---- accounting: what is charged to one is charged to all above it *)

Definition on_account (r : resource) (n : namespace) (f : N -> N) (e : space) : space :=
  if ancestor (path e) n
  then {| path := path e; used := update r f (used e); limit := limit e; exports := exports e; imports := imports e |}
  else e.

Definition charge (r : resource) (n : namespace) (x : N) (s : state) : state :=
  with_spaces (map (on_account r n (fun u => u + x)%N) (spaces s)) s.

Definition refund (r : resource) (n : namespace) (x : N) (s : state) : state :=
  with_spaces (map (on_account r n (fun u => u - x)%N) (spaces s)) s.

Definition affordable (s : state) (r : resource) (n : namespace) (x : N) : bool :=
  forallb (fun e => negb (ancestor (path e) n) || N.eqb x 0 ||
                    N.leb (amount r (used e) + x) (amount r (limit e))) (spaces s).

(* ---- the border *)

Definition direct (actor a b : namespace) : bool := ancestor actor a && ancestor actor b.

Definition gate_lets (g : gate_terms) (k : kind) (range : N) (a b : namespace) : bool :=
  ancestor (authority g) a && ancestor (authority g) b &&
  negb (is k Untyped) && in_mask k (passes g) &&
  (N.eqb (largest g) 0 || N.leb range (2 ^ largest g)).

(* Each namespace that the way from `a` to `b` leaves exports the type, each that
   it enters imports it. *)
Definition allowed (s : state) (k : kind) (a b : namespace) : bool :=
  forallb (fun e =>
    let over_a := ancestor (path e) a in
    let over_b := ancestor (path e) b in
    (negb over_a || over_b || in_mask k (exports e)) &&
    (over_a || negb over_b || in_mask k (imports e))) (spaces s).

(* The rights that something of kind `k` keeps at most that gets from `a` to `b`;
   None: it must not. *)
Definition crossing (s : state) (actor : namespace) (g : option gate_terms) (k : kind) (range : N)
    (a b : namespace) : option N :=
  if same a b then Some all_rights
  else if negb (allowed s k a b) then None
  else if direct actor a b then Some all_rights
  else match g with
       | Some g => if gate_lets g k range a b then Some (rights_through g) else None
       | None => None
       end.
