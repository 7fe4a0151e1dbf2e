(* SPDX-License-Identifier: Apache-2.0 *)
(* What is proved of every sequence of operations, for a reader who wants only
   that: the statements that begin with "Theorem". docs/capabilities.md has the
   rules in words. Rule 4 is in Ledger.v. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability State Derivation Operations Invariant.
Import ListNotations.

(* `c` was derived, in any number of steps, from `d`. *)
Inductive descends (s : state) : cap -> cap -> Prop :=
  | child c d : In c (caps s) -> In d (caps s) -> parent c = Some (id d) -> descends s c d
  | further c m d : descends s c m -> descends s m d -> descends s c d.

(* Rule 2. However a state was reached, nothing has more than what it was derived from. *)
Theorem monotonicity s l c d : well_formed s -> descends (run s l) c d -> no_more_than c d.
Proof.
  intros W H. pose proof (run_keeps l s W) as V. induction H as [c d I J P|].
  - destruct (sourced _ V c (id d) I P) as (e & K & E & _ & R).
    now rewrite <- (one_id _ V e d K J E).
  - eauto using no_more_trans.
Qed.

(* The derivation tree has no cycle. *)
Theorem acyclic s l c d : well_formed s -> descends (run s l) c d -> id d < id c.
Proof.
  intros W H. pose proof (run_keeps l s W) as V. induction H as [c d I J P|]; [|lia].
  destruct (sourced _ V c (id d) I P) as (e & _ & E & L & _). exact L.
Qed.

(* ---- rule 3 *)

Lemma below_descends s root : well_formed s -> In root (caps s) -> forall f c, In c (caps s) ->
  below f (caps s) (id root) (id c) = true -> descends s c root.
Proof.
  intros W R. induction f as [|f IH]; intros c I H; [discriminate|].
  cbn [below] in H. rewrite (by_id_in s c W I) in H.
  destruct (parent c) as [p|] eqn:P; [|discriminate].
  apply orb_true_iff in H as [H|H].
  - apply Nat.eqb_eq in H. apply child; congruence.
  - destruct (sourced s W c p I P) as (d & J & E & _). subst p.
    eapply further; [apply child with (d := d); auto|now apply IH].
Qed.

Definition no_child (i : nat) (s : state) : Prop := forall c, In c (caps s) -> parent c <> Some i.

Lemma revoke_no_child root s : well_formed s -> no_child root (revoke root s).
Proof.
  intros W c H P. apply revoke_in in H as [I B].
  rewrite (below_child s root c root) in B; auto. discriminate.
Qed.

Lemma remove_no_child i d s : well_formed s -> In d (caps s) -> no_child i s -> no_child i (remove d s).
Proof.
  intros W D N c H P. apply remove_in in H as (o & I & _ & ->). unfold adopt_by in P.
  destruct (child_of _ _); [exact (N d D P)|exact (N o I P)].
Qed.

Lemma delete_no_child i d s : well_formed s -> In d (caps s) -> no_child i s -> no_child i (delete d s).
Proof.
  intros W D N. unfold delete. destruct (kind_eq _ _); apply remove_no_child; auto using revoke_keeps.
  - apply revoke_in. split; auto. destruct (below _ _ _ _) eqn:B; auto. apply (below_later s _ W) in B. lia.
  - intros c H. apply revoke_in in H as [H _]. now apply N.
Qed.

Lemma sweep_no_child i f : forall s, well_formed s -> no_child i s -> no_child i (sweep f s).
Proof.
  induction f as [|f IH]; simpl; intros s W N; auto. destruct (find _ _) as [c|] eqn:F; auto.
  apply find_some in F as [I _]. apply IH; auto using delete_keeps, delete_no_child.
Qed.

Lemma settle_in s c : In c (caps (settle s)) -> exists o, In o (caps s) /\ alike c o /\ parent c = parent o.
Proof.
  intros H. simpl in H. apply in_map_iff in H as (o & <- & I). exists o.
  destruct (childless _ _); auto using alike_account, alike_refl.
Qed.

Lemma settle_keeps_all s o : In o (caps s) -> exists c, In c (caps (settle s)) /\ alike c o.
Proof.
  intros H. eexists. split; [simpl; apply in_map, H|]. destruct (childless _ _); auto using alike_account, alike_refl.
Qed.

Lemma finish_no_child i s : well_formed s -> no_child i s -> no_child i (finish s).
Proof.
  intros W N c H P. unfold finish in H. rewrite (proj1 (end_members_caps _)) in H.
  apply settle_in in H as (o & I & _ & Q). eapply sweep_no_child; eauto. congruence.
Qed.

Lemma last_step s c d : descends s c d -> exists x, In x (caps s) /\ parent x = Some (id d).
Proof. induction 1; eauto. Qed.

Lemma revoke_step s actor into i t root : table_at s into = (ok, t) -> in_table s t i = true ->
  at_slot s {| table := t; index := i |} = Some root ->
  step s actor (Revoke into i) = (ok, finish (revoke (id root) s)).
Proof. intros T I A. simpl. now rewrite T, I, A. Qed.

(* Whoever revokes: afterwards nothing descends from what was revoked. *)
Theorem revocation_is_complete s l actor into i t root :
  let before := run s l in
  let after := snd (step before actor (Revoke into i)) in
  well_formed s -> table_at before into = (ok, t) -> in_table before t i = true ->
  at_slot before {| table := t; index := i |} = Some root ->
  forall c d, id d = id root -> ~ descends after c d.
Proof.
  intros before after W T I A c d E H. pose proof (run_keeps l s W) as V. fold before in V.
  unfold after in H. rewrite (revoke_step before actor into i t root T I A) in H. simpl in H.
  destruct (last_step _ _ _ H) as (x & X & P). rewrite E in P.
  exact (finish_no_child _ _ (revoke_keeps _ _ V) (revoke_no_child _ _ V) x X P).
Qed.

(* And it takes nothing else: what did not descend from it, and it itself, is still
   there. (Unless a table goes by it: then what was in the table goes, too.) *)
Theorem revocation_is_precise s l actor into i t root :
  let before := run s l in
  let after := snd (step before actor (Revoke into i)) in
  well_formed s -> table_at before into = (ok, t) -> in_table before t i = true ->
  at_slot before {| table := t; index := i |} = Some root ->
  (forall c, In c (caps (revoke (id root) before)) -> orphan (revoke (id root) before) c = false) ->
  forall c, In c (caps before) -> ~ descends before c root -> exists k, In k (caps after) /\ alike k c.
Proof.
  intros before after W T I A Q c J N. pose proof (run_keeps l s W) as V. fold before in V.
  unfold after. rewrite (revoke_step before actor into i t root T I A). simpl.
  assert (S : forall f u, (forall x, In x (caps u) -> orphan u x = false) -> sweep f u = u).
  { induction f as [|f IH]; simpl; intros u H; auto. destruct (find _ _) as [x|] eqn:F; auto.
    apply find_some in F as [F G]. rewrite H in G; auto. discriminate. }
  unfold finish. rewrite (proj1 (end_members_caps _)), S by auto.
  apply settle_keeps_all, revoke_in. split; auto. destruct (below _ _ _ _) eqn:B; auto.
  exfalso. apply N. eapply below_descends; eauto. now apply at_slot_some in A.
Qed.

(* ---- rule 1 *)

(* `n` and the namespaces below it. *)
Definition inside (n : namespace) (s : state) (c : cap) : Prop := ancestor n (place s c) = true.

(* Who can bring something in: an actor above `n` (n itself is not), or a gate
   whose authority is above `n`. *)
Definition above (a n : namespace) : Prop := ancestor a n = true /\ a <> n.

Definition brings_in (s : state) (n : namespace) (actor : namespace) (o : operation) : Prop :=
  above actor n \/
  exists through inbox items e g, o = Send through inbox items /\
    at_slot s through = Some e /\ gate e = Some g /\ above (authority g) n.

Arguments list_eq_dec : simpl never.

Lemma ancestor_unfold a n : ancestor a n =
  if list_eq_dec Nat.eq_dec a n then true
  else match n with [] => false | _ :: up => ancestor a up end.
Proof. destruct n; reflexivity. Qed.

Lemma ancestor_refl a : ancestor a a = true.
Proof. rewrite ancestor_unfold. destruct (list_eq_dec Nat.eq_dec a a); congruence. Qed.

Lemma ancestor_suffix a n : ancestor a n = true <-> exists p, n = p ++ a.
Proof.
  split.
  - induction n as [|x n IH]; rewrite ancestor_unfold;
      match goal with |- context [list_eq_dec Nat.eq_dec ?l ?m] => destruct (list_eq_dec Nat.eq_dec l m) as [->|] end;
      intros H; try discriminate; try (now exists []).
    destruct (IH H) as [p ->]. now exists (x :: p).
  - intros [p ->]. induction p as [|x p IH]; [apply ancestor_refl|].
    rewrite ancestor_unfold. destruct (list_eq_dec Nat.eq_dec a ((x :: p) ++ a)); auto.
Qed.

Lemma comparable a b n : ancestor a n = true -> ancestor b n = true -> ancestor a b = true \/ ancestor b a = true.
Proof.
  rewrite !ancestor_suffix. intros [p ->] [q E]. revert q E.
  induction p as [|x p IH]; simpl; intros q E.
  - right. now exists q.
  - destruct q as [|y q]; simpl in E; [left; exists (x :: p); auto|].
    inversion E. eauto.
Qed.

Lemma ancestor_trans a b c : ancestor a b = true -> ancestor b c = true -> ancestor a c = true.
Proof. rewrite !ancestor_suffix. intros [p ->] [q ->]. exists (q ++ p). now rewrite <- ?app_assoc. Qed.

(* An authority that is not above n hands into n only what was inside n. *)
Lemma source_inside a n from to : ~ above a n -> ancestor a from = true -> ancestor a to = true ->
  ancestor n to = true -> ancestor n from = true.
Proof.
  intros N F T B. destruct (comparable a n to T B) as [H|H].
  - destruct (list_eq_dec Nat.eq_dec a n) as [->|D]; auto. now destruct N.
  - eapply ancestor_trans; eauto.
Qed.

Lemma crossing_inside s actor g k r n a b x : ~ above actor n ->
  (forall t, g = Some t -> ~ above (authority t) n) ->
  crossing s actor g k r a b = Some x -> ancestor n b = true -> ancestor n a = true.
Proof.
  unfold crossing, same. intros N G H B. destruct (list_eq_dec Nat.eq_dec a b) as [->|_]; auto.
  destruct (negb _); [discriminate|]. destruct (direct actor a b) eqn:D.
  - apply andb_true_iff in D as [? ?]. eapply source_inside; eauto.
  - destruct g as [g|]; [|discriminate]. destruct (gate_lets g k r a b) eqn:L; [|discriminate].
    unfold gate_lets in L. rewrite !andb_true_iff in L. destruct L as ((((L1 & L2) & _) & _) & _).
    exact (source_inside (authority g) n a b (G g eq_refl) L1 L2 B).
Qed.

(* Nobody inside has more than somebody inside had. *)
Definition confined (n : namespace) (s after : state) : Prop :=
  forall c, In c (caps after) -> inside n after c ->
  exists d, In d (caps s) /\ inside n s d /\ no_more_than c d.

Lemma confined_refl n s : confined n s s.
Proof. intros c. exists c. auto using no_more_refl. Qed.

Lemma confined_trans n s t u : confined n s t -> confined n t u -> confined n s u.
Proof.
  intros H K c I J. destruct (K c I J) as (d & A & B & C). destruct (H d A B) as (e & ? & ? & ?).
  eauto using no_more_trans.
Qed.

(* What stays is where it was. *)
Lemma confined_less n s t : members t = members s ->
  (forall c, In c (caps t) -> exists o, In o (caps s) /\ alike c o) -> confined n s t.
Proof.
  intros M F c I J. destruct (F c I) as (o & O & A). exists o. split; [auto|split].
  - unfold inside, place, home in *. rewrite M in J. destruct A as (_ & S & _). now rewrite S in J.
  - eapply alike_no_more; eauto using alike_refl, no_more_refl.
Qed.

Lemma confined_grown n s d t after : well_formed s -> In d (caps s) -> t < next s -> grown s d t after ->
  (ancestor n (home s t) = true -> inside n s d) -> confined n s after.
Proof.
  intros W D T G A c I J. unfold inside, place in J.
  destruct (grown_new _ _ _ _ G c I) as [O|(E & R & _)].
  - exists c. rewrite (grown_home _ _ _ _ G) in J; [|now apply (fresh s W)]. auto using no_more_refl.
  - rewrite E, (grown_home _ _ _ _ G) in J by auto. exists d. auto.
Qed.

Lemma confined_delete n d s : confined n s (delete d s).
Proof.
  apply confined_less; [apply delete_members|]. intros c H. apply delete_from in H as (o & ? & _ & ?). eauto.
Qed.

Lemma confined_revoke n i s : confined n s (revoke i s).
Proof.
  apply confined_less; [apply keep_members|]. intros c H. apply revoke_in in H as [H _]. eauto using alike_refl.
Qed.

Lemma find_filter {A} (p q : A -> bool) l : (forall x, In x l -> p x = true -> q x = true) ->
  find p (filter q l) = find p l.
Proof.
  induction l as [|x l IH]; simpl; intros H; auto. destruct (q x) eqn:Q; simpl.
  - destruct (p x); auto.
  - destruct (p x) eqn:P; auto. rewrite H in Q; auto. discriminate.
Qed.

Lemma confined_finish n s : confined n s (finish s).
Proof.
  unfold finish. set (u := sweep (length (caps s)) s).
  apply confined_trans with u; [apply confined_less; [apply sweep_members|apply sweep_from]|].
  apply confined_trans with (settle u).
  { apply confined_less.
    - unfold settle. simpl. apply refund_paid_frame.
    - intros c H. apply settle_in in H as (o & ? & ? & _). eauto. }
  intros c I J. destruct (end_members_caps (settle u)) as (C & _ & M). rewrite C in I. exists c.
  split; [auto|split; [|apply no_more_refl]]. unfold inside, place, home, member_of in *. rewrite M in J.
  rewrite find_filter in J; auto. intros m _ E. unfold alive. apply existsb_exists. exists c. split; auto.
  apply orb_true_iff. right. apply Nat.eqb_eq in E. now apply Nat.eqb_eq.
Qed.

Lemma confined_relocate n a b s :
  (forall x, In x (caps s) -> slot x = a -> ancestor n (home s (table b)) = true -> inside n s x) ->
  (forall x, In x (caps s) -> slot x = b -> ancestor n (home s (table a)) = true -> inside n s x) ->
  confined n s (relocate a b s).
Proof.
  intros A B c H. unfold relocate in H. simpl in H. apply in_map_iff in H as (x & <- & X).
  unfold inside at 1, place. simpl. intros P. exists x. split; [auto|split].
  - unfold exchange in P. destruct (slot_eq (slot x) a) eqn:E.
    + apply slot_eq_true in E. auto.
    + destruct (slot_eq (slot x) b) eqn:F; [apply slot_eq_true in F|]; auto.
  - exact (no_more_refl x).
Qed.

Lemma confined_derive s n actor way d t first m nb o b k g : well_formed s -> In d (caps s) -> t < next s ->
  all_vacant s t first k = ok -> ~ above actor n -> (forall x, way = Some x -> ~ above (authority x) n) ->
  confined n s (snd (derive s actor way d t first m nb o b k g)).
Proof.
  intros W D T V N G.
  destruct (derive_grows s actor way d t first m nb o b k g W D T (all_vacant_ok s t k first V)) as [->|(Gr & _ & r & C)].
  - apply confined_refl.
  - eapply confined_grown; eauto. intros B. eapply crossing_inside; eauto.
Qed.

Lemma confined_deliver n actor way inbox : ~ above actor n -> (forall x, way = Some x -> ~ above (authority x) n) ->
  forall items s, well_formed s -> confined n s (deliver s actor way inbox items).
Proof.
  intros N G. induction items as [|[source i] rest IH]; cbn [deliver]; intros s W; auto using confined_refl.
  destruct (at_slot s source) as [d|] eqn:A; auto using confined_refl. apply at_slot_some in A as [D _].
  destruct (vacant s inbox i) eqn:V; auto using confined_refl. assert (T := vacant_known s inbox i W V).
  assert (All : all_vacant s inbox i 1 = ok) by (simpl; now rewrite V).
  assert (C := confined_derive s n actor way d inbox i 255 0 0 0 1 None W D T All N G).
  assert (H := derive_grows s actor way d inbox i 255 0 0 0 1 None W D T (all_vacant_ok s inbox 1 i All)). simpl in H.
  destruct (derive _ _ _ _ _ _ _ _ _ _ _ _) as [e t]. simpl in C, H.
  destruct e; try apply confined_refl.
  apply confined_trans with t; [exact C|]. apply IH. destruct H as [->|(Gr & _)]; [auto|apply Gr].
Qed.

Lemma may_move_inside s actor n c b : ~ above actor n -> may_move s actor c b = true ->
  ancestor n b = true -> inside n s c.
Proof.
  unfold may_move, inside, same. intros N M B. apply orb_true_iff in M as [M|M].
  - destruct (list_eq_dec Nat.eq_dec (place s c) b); congruence.
  - apply andb_true_iff in M as [_ M]. destruct (crossing _ _ _ _ _ _ _) eqn:C; [|discriminate].
    eapply crossing_inside; eauto. discriminate.
Qed.

Arguments may_move : simpl never.

Theorem step_is_confined s n actor o : well_formed s -> ~ brings_in s n actor o ->
  confined n s (snd (step s actor o)).
Proof.
  intros W N.
  assert (NA : ~ above actor n) by (intros X; apply N; now left).
  assert (NG : forall x, None = Some x -> ~ above (authority x) n) by discriminate.
  assert (Kn := fun x t => table_known s x t W).
  assert (Here := fun x c (H : at_slot s x = Some c) => proj1 (at_slot_some s x c H)).
  assert (Only := fun x c (H : at_slot s x = Some c) => proj2 (at_slot_some s x c H)).
  destruct o; simpl.
  - destruct (at_slot s untyped) as [u|] eqn:A; auto using confined_refl.
    destruct (is (what u) Untyped) eqn:U; simpl; auto using confined_refl. apply is_true in U.
    destruct (has _ _); simpl; auto using confined_refl. destruct (_ || _); simpl; auto using confined_refl.
    destruct (bytes_of k bits) as [b|]; auto using confined_refl.
    destruct (table_at s into) as [e t] eqn:T. destruct e; auto using confined_refl.
    destruct (retype_cases s actor u k bits count t first b) as [->|(V & F & (r & C) & _ & _ & ->)]; auto using confined_refl.
    assert (G := retyped_grows s u k bits count t first b W (Here _ _ A) U (Kn _ _ T) V F).
    apply confined_trans with (retyped s u k bits count t first b).
    + eapply confined_grown; eauto. intros B. eapply crossing_inside; eauto.
    + apply confined_less; auto. intros c H. simpl in H. apply in_map_iff in H as (o & <- & I). exists o. split; auto.
      destruct (_ =? _); auto using alike_account, alike_refl.
  - look; auto using confined_refl. eapply confined_derive; eauto.
  - look; auto using confined_refl. eapply confined_derive; eauto. simpl. now rewrite V.
  - look; auto using confined_refl. apply confined_relocate; intros x X E B.
    + rewrite (one_slot s W x c X (Here _ _ A) E). eapply may_move_inside; eauto.
    + exfalso. apply vacant_ok in V. eapply at_slot_none; eauto.
  - look; auto using confined_refl.
    match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [M1 M2] end.
    apply confined_relocate; intros x X E B.
    + rewrite (one_slot s W x c X (Here _ _ A) E). eapply may_move_inside; eauto. apply Only in A0. now rewrite A0 in B.
    + match goal with H : at_slot s {| table := _; index := _ |} = Some ?d |- _ =>
        rewrite (one_slot s W x d X (Here _ _ H) E); eapply may_move_inside; eauto end.
  - look; auto using confined_refl. eapply confined_trans; [apply confined_delete|apply confined_finish].
  - look; auto using confined_refl. eapply confined_trans; [apply confined_revoke|apply confined_finish].
  - look; auto using confined_refl. apply confined_deliver; auto. intros g E X. apply N. right.
    exists through, inbox, items, c, g. auto.
  - apply confined_less; eauto using alike_refl.
  - apply confined_less; eauto using alike_refl.
Qed.

(* However long they go on: if no actor above n and no gate from above n brings
   anything in, nobody inside ever has more than somebody inside had at first. *)
Fixpoint nothing_brought_in (s : state) (n : namespace) (l : list (namespace * operation)) : Prop :=
  match l with
  | [] => True
  | (a, o) :: r => ~ brings_in s n a o /\ nothing_brought_in (snd (step s a o)) n r
  end.

Theorem confinement n l : forall s, well_formed s -> nothing_brought_in s n l -> confined n s (run s l).
Proof.
  induction l as [|[a o] l IH]; simpl; intros s W Q; auto using confined_refl.
  destruct Q as [Q R]. eapply confined_trans; [apply step_is_confined; eauto|]. apply IH; auto using step_keeps.
Qed.

Print Assumptions monotonicity.
Print Assumptions acyclic.
Print Assumptions revocation_is_complete.
Print Assumptions revocation_is_precise.
Print Assumptions confinement.
