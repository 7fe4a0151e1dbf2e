(* SPDX-License-Identifier: Apache-2.0 *)
(* Runs the capability model beside the nucleus: reads a line, does it, writes a line.
   Tables are named by their address, namespaces by a number, slots by table and
   index; everything is decimal. First the state that both begin with:

     reset                                                forget everything
     space NUMBER PATH USED*3 LIMIT*3 EXPORTS IMPORTS     PATH: "/" or "/1/2"
     table ADDRESS SLOTS SPACE
     cap TABLE INDEX TYPE RIGHTS BADGE ADDRESS SIZE  PARENT INDEX  TAKEN PAID  GATE*4

   (a cap's parent comes before it, 0 0: none; a gate is the number of its authority,
   types, rights and log2 of the largest range, 0 0 0 0: none), then operations, each
   answered with the number of its error, a digest of the state that it leaves, and how
   many capabilities it made:

     retype ACTOR  TABLE INDEX  TYPE BITS COUNT  INTO INDEX FIRST
     mint ACTOR  INTO INDEX  TABLE INDEX  FIRST MASK BADGE OFFSET BYTES COUNT
     gate ACTOR  INTO INDEX  TABLE INDEX  AT BADGE TYPES RIGHTS LARGEST
     move, swap ACTOR  INTO INDEX  TABLE INDEX  AT
     delete, revoke ACTOR  INTO INDEX  AT
     send ACTOR  TABLE INDEX  INBOX  [TABLE INDEX AT]...
     limit SPACE BYTES SLOTS THREADS
     policy SPACE EXPORTS IMPORTS

   `dump` writes what the digest is of: a line of numbers for each capability, in the
   order of `cap`, then NUMBER USED*3 for each namespace, and a line with a dot. *)

open Capability_model

let nothing = { caps = []; next = 1; members = []; spaces = [] }
let state = ref nothing
let numbers : (int * int list) list ref = ref []        (* of namespaces *)
let addresses : (int, int) Hashtbl.t = Hashtbl.create 64 (* of tables, by identity *)

let path_of number = try List.assoc number !numbers with Not_found -> failwith "no such namespace"
let number_of path = match List.find_opt (fun (_, p) -> p = path) !numbers with Some (n, _) -> n | None -> 0

let kind_of number = match number with
  | 1 -> Untyped | 2 -> Table | 3 -> Thread | 6 -> Memory | 7 -> Endpoint | 8 -> Reply | 9 -> Notification
  | _ -> failwith "no such type"

let error_number = function
  | Ok -> 0 | Empty_slot -> 2 | Bad_path -> 4 | Wrong_type -> 5 | No_right -> 6 | Bad_argument -> 7 | Misaligned -> 8
  | No_memory -> 9 | Slot_occupied -> 10 | Denied -> 24 | Over_limit -> 25

(* A table that is named is alive: an identity that ended has an address that may be another's. *)
let table_at address =
  let is_it m = Hashtbl.find_opt addresses m.named = Some address in
  match List.find_opt is_it !state.members with Some m -> m.named | None -> failwith "no such table"

let slot_at address index = { table = table_at address; index }

(* Tables that were made get the address of their memory. *)
let learn_addresses () =
  let learn c = if c.what = Table && not (Hashtbl.mem addresses c.object0) then Hashtbl.add addresses c.object0 c.base in
  List.iter learn !state.caps

let address_of table = try Hashtbl.find addresses table with Not_found -> 0

(* ---- what is compared *)

let cap_numbers by_id c =
  let place s = [ address_of s.table; s.index ] in
  let parent = match c.parent with
    | None -> [ 0; 0 ]
    | Some p -> (match Hashtbl.find_opt by_id p with Some d -> place d.slot | None -> failwith "a parent is gone") in
  let gate = match c.gate with
    | None -> [ 0; 0; 0; 0 ]
    | Some g -> [ number_of g.authority; g.passes; g.rights_through; g.largest ] in
  place c.slot @ [ number c.what; c.rights; c.badge; c.base; c.size ] @ parent @ [ c.taken; c.paid ] @ gate

let space_numbers e = [ number_of e.path; e.used.bytes; e.used.slots; e.used.threads ]

let entries () =
  let by_id = Hashtbl.create 64 in
  List.iter (fun c -> Hashtbl.replace by_id c.id c) !state.caps;
  List.map (cap_numbers by_id) !state.caps @ List.map space_numbers !state.spaces

(* The sum of the entries' hashes, so that their order does not matter; each is squared,
   so that it matters which numbers stand in the same entry. *)
let prime = 0x7fff_ffff
let mix hash x = (hash * 1_000_003 + x mod prime) mod prime
let entry_hash numbers = let hash = List.fold_left mix 1 numbers in hash * hash mod prime
let digest () = List.fold_left (fun sum numbers -> (sum + entry_hash numbers) mod prime) 0 (entries ())

(* ---- lines *)

let amounts bytes slots threads = { bytes; slots; threads }

let rec items = function
  | table :: index :: at :: rest -> (slot_at table index, at) :: items rest
  | [] -> []
  | _ -> failwith "a message needs threes of numbers"

let operation name arguments = match name, arguments with
  | "retype", [ t; i; k; bits; count; into; j; first ] -> Retype (slot_at t i, kind_of k, bits, count, slot_at into j, first)
  | "mint", [ into; j; t; i; first; mask; badge; offset; bytes; count ] ->
    Mint (slot_at into j, slot_at t i, first, mask, badge, offset, bytes, count)
  | "gate", [ into; j; t; i; at; badge; types; rights; largest ] ->
    MakeGate (slot_at into j, slot_at t i, at, badge, types, rights, largest)
  | "move", [ into; j; t; i; at ] -> Move (slot_at into j, slot_at t i, at)
  | "swap", [ into; j; t; i; at ] -> Swap (slot_at into j, slot_at t i, at)
  | "delete", [ into; j; at ] -> Delete (slot_at into j, at)
  | "revoke", [ into; j; at ] -> Revoke (slot_at into j, at)
  | "send", t :: i :: inbox :: rest -> Send (slot_at t i, table_at inbox, items rest)
  | _ -> failwith "no such operation"

let perform actor operation =
  let error, after = step !state actor operation in
  let made = after.next - !state.next in
  state := after;
  if made > 0 then learn_addresses ();
  Printf.printf "%d %d %d\n" (error_number error) (digest ()) made

let parse_path text = List.rev_map int_of_string (List.filter (( <> ) "") (String.split_on_char '/' text))

let line text = match String.split_on_char ' ' text with
  | [ "dump" ] ->
    List.iter (fun l -> print_endline (String.concat " " (List.map string_of_int l))) (entries ());
    print_endline "."
  | [ "reset" ] ->
    state := nothing;
    numbers := [];
    Hashtbl.reset addresses
  | "space" :: number :: path :: rest ->
    (match List.map int_of_string rest with
     | [ b; s; t; lb; ls; lt; exports; imports ] ->
       let path = parse_path path in
       numbers := (int_of_string number, path) :: !numbers;
       let e = { path; used = amounts b s t; limit = amounts lb ls lt; exports; imports } in
       state := { !state with spaces = e :: !state.spaces }
     | _ -> failwith "a space has eight numbers")
  | name :: rest ->
    (match name, List.map int_of_string rest with
     | "table", [ address; slots; space ] ->
       let named = !state.next in
       Hashtbl.replace addresses named address;
       state := { !state with next = named + 1;
                              members = { named; sort = Table; of0 = path_of space; weight = slots } :: !state.members }
     | "cap", [ t; i; k; rights; badge; base; size; p; j; taken; paid; authority; passes; rights_through; largest ] ->
       let id = !state.next and what = kind_of k in
       let above = if p = 0 then None else at_slot !state (slot_at p j) in
       let object0 = match above with
         | Some d when d.what <> Untyped -> d.object0
         | _ -> if what = Table then table_at base else id in
       let gate = if authority = 0 then None else Some { authority = path_of authority; passes; rights_through; largest } in
       let c = { id; slot = slot_at t i; parent = Option.map (fun d -> d.id) above; what; object0; rights; badge; base; size;
                 gate; taken; paid } in
       state := { !state with next = id + 1; caps = c :: !state.caps }
     | "limit", [ space; b; s; t ] -> perform [] (Limit (path_of space, amounts b s t))
     | "policy", [ space; exports; imports ] -> perform [] (Policy (path_of space, exports, imports))
     | _, actor :: arguments -> perform (path_of actor) (operation name arguments)
     | _ -> failwith "nothing to do")
  | [] -> ()

let () =
  try
    while true do
      let text = input_line stdin in
      (try line text with Failure reason -> Printf.printf "error: %s: %s\n" reason text);
      flush stdout
    done
  with End_of_file -> ()
