(* SPDX-License-Identifier: Apache-2.0 *)
(* The state, the operations and the step function. *)
From Coq Require Import List NArith Arith Bool.
From Tessera Require Import Capability.
Import ListNotations.

Record state := {
  caps : list cap;
  next : nat;                    (* the next identity, of capability and object *)
  marks : list (nat * N);        (* Untyped's identity -> bytes handed out *)
  home : nat -> namespace }.     (* of which namespace a table is member *)

Definition with_caps (l : list cap) (s : state) : state :=
  {| caps := l; next := next s; marks := marks s; home := home s |}.

Definition place (s : state) (c : cap) : namespace := home s (table (slot c)).

Definition at_slot (s : state) (x : slot_name) : option cap :=
  find (fun c => slot_eq (slot c) x) (caps s).

Definition by_id (l : list cap) (i : nat) : option cap := find (fun c => id c =? i) l.

(* The names of abi/nucleus.toml. *)
Inductive result := ok | empty_slot | wrong_type | no_right | bad_argument | no_memory | slot_occupied | denied.

Inductive operation :=
  | Retype (source target : slot_name) (k : kind) (bytes : N)
  | Copy (source target : slot_name) (mask : N)
  | Mint (source target : slot_name) (mask : N) (new_badge : option N)
         (offset bytes : N) (new_gate : option gate_terms)
  | Transfer (through : slot_name) (source target : slot_name) (mask : N)
  | Move (source target : slot_name)
  | Swap (a b : slot_name)
  | Delete (target : slot_name)
  | Revoke (target : slot_name).

Definition manage : N := 8.
Definition has (bits all : N) : bool := N.eqb (N.land all bits) bits.

(* ---- the border *)

Definition direct (actor a b : namespace) : bool :=
  same a b || (ancestor actor a && ancestor actor b).

Definition gate_lets (g : gate_terms) (c : cap) (a b : namespace) : bool :=
  ancestor (authority g) a && ancestor (authority g) b &&
  is (passes g) (what c) && N.leb (size c) (size_through g).

(* ---- the derivation tree *)

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

Definition revoke (root : nat) (s : state) : state :=
  with_caps (filter (fun c => negb (below (next s) (caps s) root (id c))) (caps s)) s.

(* What was derived from `d` becomes derived from its parent. *)
Definition adopt_by (d : cap) (c : cap) : cap :=
  match parent c with
  | Some p => if p =? id d then with_parent (parent d) c else c
  | None => c
  end.

Definition remove (d : cap) (s : state) : state :=
  with_caps (map (adopt_by d) (filter (fun c => negb (id c =? id d)) (caps s))) s.

Definition delete (d : cap) (s : state) : state :=
  remove d (if kind_eq (what d) Untyped then revoke (id d) s else s).

(* ---- places *)

Definition exchange (a b x : slot_name) : slot_name :=
  if slot_eq x a then b else if slot_eq x b then a else x.

Definition relocate (a b : slot_name) (s : state) : state :=
  with_caps (map (fun c => with_slot (exchange a b (slot c)) c) (caps s)) s.

(* ---- new capabilities *)

Definition add (c : cap) (s : state) : state :=
  {| caps := c :: caps s; next := S (next s); marks := marks s; home := home s |}.

Definition give {T} (old new : option T) : option T :=
  match old with None => new | Some _ => old end.

Definition derived (s : state) (d : cap) (target : slot_name) (mask : N)
    (new_badge : option N) (offset bytes : N) (new_gate : option gate_terms) : cap :=
  {| id := next s; slot := target; parent := Some (id d); what := what d; object := object d;
     rights := N.land (rights d) mask; badge := give (badge d) new_badge;
     base := base d + offset; size := bytes; gate := give (gate d) new_gate |}.

Definition made (s : state) (u : cap) (target : slot_name) (k : kind) (offset bytes : N) : cap :=
  {| id := next s; slot := target; parent := Some (id u); what := k; object := next s;
     rights := 255; badge := None; base := base u + offset; size := bytes; gate := None |}.

Definition childless (s : state) (i : nat) : bool :=
  forallb (fun c => match parent c with Some p => negb (p =? i) | None => true end) (caps s).

(* An Untyped without children has all its memory back. *)
Definition mark (s : state) (u : cap) : N :=
  if childless s (id u) then 0%N
  else match find (fun m => fst m =? id u) (marks s) with Some m => snd m | None => 0%N end.

Definition set_mark (i : nat) (m : N) (s : state) : state :=
  {| caps := caps s; next := next s;
     marks := (i, m) :: filter (fun x => negb (fst x =? i)) (marks s); home := home s |}.

(* Moving or minting needs an Untyped to be whole where it crosses a border. *)
Definition may_move (s : state) (actor : namespace) (c : cap) (target : slot_name) : bool :=
  direct actor (place s c) (home s (table target)) &&
  (same (place s c) (home s (table target)) ||
   negb (is (what c) Untyped) || childless s (id c)).

Definition derive (s : state) (d : cap) (target : slot_name) (allowed : bool) (mask : N)
    (new_badge : option N) (offset bytes : N) (new_gate : option gate_terms) : result * state :=
  if kind_eq (what d) Untyped then (wrong_type, s)
  else match at_slot s target with
  | Some _ => (slot_occupied, s)
  | None =>
    if negb (N.leb (offset + bytes) (size d)) then (bad_argument, s)
    else if negb allowed then (denied, s)
    else (ok, add (derived s d target mask new_badge offset bytes new_gate) s)
  end.

Definition step (s : state) (actor : namespace) (o : operation) : result * state :=
  match o with
  | Retype source target k bytes =>
    match at_slot s source with
    | None => (empty_slot, s)
    | Some u =>
      if kind_eq (what u) Untyped then
        match at_slot s target with
        | Some _ => (slot_occupied, s)
        | None =>
          if negb (N.leb (mark s u + bytes) (size u)) then (no_memory, s)
          else if negb (direct actor (place s u) (home s (table target))) then (denied, s)
          else (ok, set_mark (id u) (mark s u + bytes) (add (made s u target k (mark s u) bytes) s))
        end
      else (wrong_type, s)
    end
  | Copy source target mask =>
    match at_slot s source with
    | None => (empty_slot, s)
    | Some d => derive s d target (direct actor (place s d) (home s (table target))) mask None 0 (size d) None
    end
  | Mint source target mask new_badge offset bytes new_gate =>
    match at_slot s source with
    | None => (empty_slot, s)
    | Some d =>
      match new_gate with
      | Some g =>
        if negb (has manage (rights d)) then (no_right, s)
        else if kind_eq (what d) Endpoint then
          (* The gate speaks for whoever makes it, whatever the request says. *)
          derive s d target (direct actor (place s d) (home s (table target))) mask new_badge offset bytes
            (Some {| authority := actor; passes := passes g;
                     rights_through := rights_through g; size_through := size_through g |})
        else (wrong_type, s)
      | None => derive s d target (direct actor (place s d) (home s (table target))) mask new_badge offset bytes None
      end
    end
  | Transfer through source target mask =>
    match at_slot s through, at_slot s source with
    | Some e, Some d =>
      let b := home s (table target) in
      match gate e with
      | Some g =>
        if direct actor (place s d) b then derive s d target true mask None 0 (size d) None
        else derive s d target (gate_lets g d (place s d) b) (N.land mask (rights_through g)) None 0 (size d) None
      | None => derive s d target (direct actor (place s d) b) mask None 0 (size d) None
      end
    | _, _ => (empty_slot, s)
    end
  | Move source target =>
    match at_slot s source, at_slot s target with
    | None, _ => (empty_slot, s)
    | _, Some _ => (slot_occupied, s)
    | Some c, None => if may_move s actor c target then (ok, relocate source target s) else (denied, s)
    end
  | Swap a b =>
    match at_slot s a, at_slot s b with
    | Some c, Some d =>
      if may_move s actor c b && may_move s actor d a then (ok, relocate a b s) else (denied, s)
    | _, _ => (empty_slot, s)
    end
  | Delete target =>
    match at_slot s target with None => (empty_slot, s) | Some c => (ok, delete c s) end
  | Revoke target =>
    match at_slot s target with None => (empty_slot, s) | Some c => (ok, revoke (id c) s) end
  end.

Fixpoint run (s : state) (l : list (namespace * operation)) : state :=
  match l with [] => s | (a, o) :: r => run (snd (step s a o)) r end.
