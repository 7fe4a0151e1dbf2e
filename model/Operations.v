(* SPDX-License-Identifier: Apache-2.0 *)
(* The operations, in the order in which the nucleus looks at their arguments.
   `into` names a capability to the table that they fill. *)
From Coq Require Import List NArith Arith Bool.
From Tessera Require Import Capability State Derivation.
Import ListNotations.

(* The names of abi/nucleus.toml. *)
Inductive result :=
  | ok | empty_slot | bad_path | wrong_type | no_right | bad_argument | misaligned | no_memory | slot_occupied
  | denied | over_limit.

Inductive operation :=
  | Retype (untyped : slot_name) (k : kind) (bits : N) (count : nat) (into : slot_name) (first : nat)
  | Mint (into source : slot_name) (first : nat) (mask new_badge offset bytes : N) (count : nat)
  | MakeGate (into source : slot_name) (at_index : nat) (new_badge types through limit : N)
  | Move (into source : slot_name) (at_index : nat)
  | Swap (into source : slot_name) (at_index : nat)
  | Delete (into : slot_name) (at_index : nat)
  | Revoke (into : slot_name) (at_index : nat)
  (* Through an endpoint, to a thread that waits there: what goes where in its table. *)
  | Send (through : slot_name) (inbox : nat) (items : list (slot_name * nat))
  (* By whoever holds the Namespace with manage; its capabilities are not modelled. *)
  | Limit (of_space : namespace) (to : amounts)
  | Policy (of_space : namespace) (out into_it : N).

Definition most_at_once : nat := 256.

(* ---- slots to fill *)

Definition in_table (s : state) (t i : nat) : bool := (2 <=? i) && N.ltb (N.of_nat i) (slots_in s t).

Definition vacant (s : state) (t i : nat) : result :=
  if negb (in_table s t i) then bad_argument
  else match at_slot s {| table := t; index := i |} with Some _ => slot_occupied | None => ok end.

Fixpoint all_vacant (s : state) (t i n : nat) : result :=
  match n with
  | 0 => ok
  | S m => match vacant s t i with ok => all_vacant s t (S i) m | e => e end
  end.

(* ---- retype *)

Definition bytes_of (k : kind) (bits : N) : option N :=
  match k with
  | Untyped | Memory => if N.leb 12 bits && N.leb bits 47 then Some (2 ^ bits)%N else None
  | Table => if N.leb 2 bits && N.leb bits 20 then Some (64 * 2 ^ bits)%N else None
  | Thread => Some 1024%N
  | Endpoint | Reply | Notification => Some 64%N
  end.

Definition is_member (k : kind) : bool := is k Table || is k Thread.
Definition weight_of (k : kind) (bits : N) : N := if is k Table then (2 ^ bits)%N else 1%N.

Definition align_up (x unit : N) : N := ((x + unit - 1) / unit * unit)%N.

Definition made (u : cap) (k : kind) (start bytes : N) (t first i identity : nat) : cap :=
  {| id := identity; slot := {| table := t; index := first + i |}; parent := Some (id u); what := k; object := identity;
     rights := all_rights; badge := 0; base := base u + start + N.of_nat i * bytes; size := bytes; gate := None;
     taken := 0; paid := 0 |}.

Definition enroll (k : kind) (bits : N) (n : namespace) (s : state) : state :=
  if is_member k
  then with_members ({| named := next s; sort := k; of := n; weight := weight_of k bits |} :: members s) s
  else s.

Definition put_made (u : cap) (k : kind) (bits start bytes : N) (t first i : nat) (s : state) : state :=
  add (made u k start bytes t first i (next s)) (enroll k bits (home s t) s).

Definition account_of (i : nat) (t p : N) (s : state) : state :=
  with_caps (map (fun c => if id c =? i then with_account t p c else c) (caps s)) s.

Definition cost_name (k : kind) : resource := if is k Table then Slots else Threads.

Definition retype (s : state) (actor : namespace) (u : cap) (k : kind) (bits : N) (count t first : nat) (bytes : N)
    : result * state :=
  let start := align_up (taken u) bytes in
  let length := (bytes * N.of_nat count)%N in
  let payer := place s u in
  let owner := home s t in
  let paying := if is k Untyped then 0%N else length in
  let costs := if is_member k then (weight_of k bits * N.of_nat count)%N else 0%N in
  match all_vacant s t first count with
  | ok =>
    if negb (N.leb (start + length) (size u)) then (no_memory, s)
    else match crossing s actor None k (size u) payer owner with
    | None => (denied, s)
    | Some _ =>
      if negb (affordable s Bytes payer paying && affordable s (cost_name k) owner costs) then (over_limit, s)
      else (ok, charge Bytes payer paying
                  (charge (cost_name k) owner costs
                    (account_of (id u) (start + length) (paid u + paying)
                      (each (put_made u k bits start bytes t first) count 0 s))))
    end
  | e => (e, s)
  end.

(* ---- mint, gates, messages *)

Definition range_of (c : cap) : N := if is (what c) Untyped || is (what c) Memory then size c else 0%N.

Definition may_badge (d : cap) : bool := (is (what d) Endpoint || is (what d) Notification) && N.eqb (badge d) 0.

(* The bytes of each of `count` parts of what `d` reaches. *)
Definition part_of (d : cap) (offset bytes : N) (count : nat) : result * N :=
  if is (what d) Memory then
    if negb (N.eqb (N.modulo offset 4096) 0 && N.eqb (N.modulo bytes 4096) 0) then (misaligned, 0%N)
    else if N.leb (size d) offset then (bad_argument, 0%N)
    else let part := if N.eqb bytes 0 && (count =? 1) then (size d - offset)%N else bytes in
         if N.eqb part 0 || negb (N.leb (offset + part * N.of_nat count) (size d)) then (bad_argument, 0%N)
         else (ok, part)
  else if N.eqb offset 0 && N.eqb bytes 0 && (count =? 1) then (ok, size d) else (bad_argument, 0%N).

Definition derived (d : cap) (t first : nat) (mask new_badge offset bytes : N) (new_gate : option gate_terms)
    (i identity : nat) : cap :=
  {| id := identity; slot := {| table := t; index := first + i |}; parent := Some (id d); what := what d;
     object := object d; rights := N.land (rights d) mask;
     badge := if N.eqb (badge d) 0 then new_badge else badge d;
     base := base d + offset + N.of_nat i * bytes; size := bytes;
     gate := match gate d with None => new_gate | Some g => Some g end; taken := 0; paid := 0 |}.

Definition put_derived d t first mask new_badge offset bytes new_gate (i : nat) (s : state) : state :=
  add (derived d t first mask new_badge offset bytes new_gate i (next s)) s.

(* Into slots that are vacant. *)
Definition derive (s : state) (actor : namespace) (way : option gate_terms) (d : cap) (t first : nat)
    (mask new_badge offset bytes : N) (count : nat) (new_gate : option gate_terms) : result * state :=
  if kind_eq (what d) Untyped then (wrong_type, s)
  else if negb (N.eqb new_badge 0) && negb (may_badge d) then (bad_argument, s)
  else match part_of d offset bytes count with
  | (ok, part) =>
    match crossing s actor way (what d) (range_of d) (place s d) (home s t) with
    | None => (denied, s)
    | Some through =>
      (ok, each (put_derived d t first (N.land mask through) new_badge offset part new_gate) count 0 s)
    end
  | (e, _) => (e, s)
  end.

(* Ends at the first capability that cannot be had. *)
Fixpoint deliver (s : state) (actor : namespace) (way : option gate_terms) (inbox : nat) (items : list (slot_name * nat))
    : state :=
  match items with
  | [] => s
  | (source, i) :: rest =>
    match at_slot s source, vacant s inbox i with
    | Some d, ok => match derive s actor way d inbox i 255 0 0 0 1 None with
                    | (ok, t) => deliver t actor way inbox rest
                    | _ => s
                    end
    | _, _ => s
    end
  end.

(* An Untyped crosses a border only while nothing is made from it. *)
Definition may_move (s : state) (actor : namespace) (c : cap) (to : namespace) : bool :=
  same (place s c) to ||
  ((negb (is (what c) Untyped) || childless (caps s) (id c)) &&
   match crossing s actor None (what c) (range_of c) (place s c) to with Some _ => true | None => false end).

(* ---- the step *)

(* The table that a capability with the right to write to it names. *)
Definition table_at (s : state) (x : slot_name) : result * nat :=
  match at_slot s x with
  | None => (empty_slot, 0)
  | Some c => if negb (is (what c) Table) then (wrong_type, 0)
              else if negb (has right_write (rights c)) then (no_right, 0)
              else (ok, object c)
  end.

Definition set_space (n : namespace) (f : space -> space) (s : state) : state :=
  with_spaces (map (fun e => if same (path e) n then f e else e) (spaces s)) s.

Definition step (s : state) (actor : namespace) (o : operation) : result * state :=
  match o with
  | Retype untyped k bits count into first =>
    match at_slot s untyped with
    | None => (empty_slot, s)
    | Some u =>
      if negb (is (what u) Untyped) then (wrong_type, s)
      else if negb (has right_manage (rights u)) then (no_right, s)
      else if (count =? 0) || (most_at_once <? count) then (bad_argument, s)
      else match bytes_of k bits with
      | None => (bad_argument, s)
      | Some bytes =>
        match table_at s into with
        | (ok, t) => retype s actor u k bits count t first bytes
        | (e, _) => (e, s)
        end
      end
    end
  | Mint into source first mask new_badge offset bytes count =>
    match table_at s into with
    | (ok, t) =>
      match at_slot s source with
      | None => (empty_slot, s)
      | Some d =>
        if N.ltb 255 mask || (count =? 0) || (most_at_once <? count) then (bad_argument, s)
        else match all_vacant s t first count with
             | ok => derive s actor None d t first mask new_badge offset bytes count None
             | e => (e, s)
             end
      end
    | (e, _) => (e, s)
    end
  | MakeGate into source i new_badge types through limit =>
    match table_at s into with
    | (ok, t) =>
      match at_slot s source with
      | None => (empty_slot, s)
      | Some d =>
        if negb (is (what d) Endpoint) then (wrong_type, s)
        else if negb (has right_manage (rights d)) then (no_right, s)
        else match vacant s t i with
             | ok =>
               if N.ltb 131071 types || N.ltb 255 through || N.ltb 48 limit || (negb (N.eqb limit 0) && N.ltb limit 12)
               then (bad_argument, s)
               else derive s actor None d t i (right_write + right_grant) new_badge 0 0 1
                      (* The gate speaks for whoever makes it. *)
                      (Some {| authority := actor; passes := types; rights_through := through; largest := limit |})
             | e => (e, s)
             end
      end
    | (e, _) => (e, s)
    end
  | Move into source i =>
    match table_at s into with
    | (ok, t) =>
      match at_slot s source with
      | None => (empty_slot, s)
      | Some c =>
        match vacant s t i with
        | ok => if may_move s actor c (home s t) then (ok, relocate (slot c) {| table := t; index := i |} s)
                else (denied, s)
        | e => (e, s)
        end
      end
    | (e, _) => (e, s)
    end
  | Swap into source i =>
    match table_at s into with
    | (ok, t) =>
      match at_slot s source with
      | None => (empty_slot, s)
      | Some c =>
        if negb (in_table s t i) then (bad_argument, s)
        else match at_slot s {| table := t; index := i |} with
             | None => (empty_slot, s)
             | Some d => if may_move s actor c (home s t) && may_move s actor d (place s c)
                         then (ok, relocate (slot c) (slot d) s)
                         else (denied, s)
             end
      end
    | (e, _) => (e, s)
    end
  | Delete into i =>
    match table_at s into with
    | (ok, t) =>
      if negb (in_table s t i) then (bad_path, s)
      else match at_slot s {| table := t; index := i |} with
           | None => (empty_slot, s)
           | Some c => (ok, finish (delete c s))
           end
    | (e, _) => (e, s)
    end
  | Revoke into i =>
    match table_at s into with
    | (ok, t) =>
      if negb (in_table s t i) then (bad_path, s)
      else match at_slot s {| table := t; index := i |} with
           | None => (empty_slot, s)
           | Some c => (ok, finish (revoke (id c) s))
           end
    | (e, _) => (e, s)
    end
  | Send through inbox items =>
    match at_slot s through with
    | None => (empty_slot, s)
    | Some e =>
      if negb (is (what e) Endpoint) then (wrong_type, s)
      else if negb (has right_write (rights e)) then (no_right, s)
      else if has right_grant (rights e) then (ok, deliver s actor (gate e) inbox items)
      else (ok, s)
    end
  | Limit n to =>
    (ok, set_space n (fun e => {| path := path e; used := used e; limit := to; exports := exports e; imports := imports e |}) s)
  | Policy n out into_it =>
    (ok, set_space n (fun e => {| path := path e; used := used e; limit := limit e; exports := out; imports := into_it |}) s)
  end.

Fixpoint run (s : state) (l : list (namespace * operation)) : state :=
  match l with [] => s | (a, o) :: r => run (snd (step s a o)) r end.
