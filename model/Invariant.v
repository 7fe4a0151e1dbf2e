(* SPDX-License-Identifier: Apache-2.0 *)
(* What holds of the derivation tree in every state, and that each operation keeps it. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability State Derivation Operations.
Import ListNotations.

Record well_formed (s : state) : Prop := {
  fresh : forall c, In c (caps s) -> id c < next s /\ object c < next s /\ table (slot c) < next s;
  known : forall m, In m (members s) -> named m < next s;
  one_id : forall c d, In c (caps s) -> In d (caps s) -> id c = id d -> c = d;
  one_slot : forall c d, In c (caps s) -> In d (caps s) -> slot c = slot d -> c = d;
  sourced : forall c p, In c (caps s) -> parent c = Some p ->
    exists d, In d (caps s) /\ id d = p /\ p < id c /\ no_more_than c d }.

(* ---- less is transitive *)

Lemma no_more_refl c : no_more_than c c.
Proof.
  unfold no_more_than, within, badge_kept, gate_kept. split; [lia|right].
  repeat split; auto. apply N.land_diag.
Qed.

Lemma no_more_trans a b c : no_more_than a b -> no_more_than b c -> no_more_than a c.
Proof.
  unfold no_more_than, within, badge_kept, gate_kept.
  intros [R1 H1] [R2 H2]. split; [lia|].
  destruct H2 as [U|(K2 & O2 & A2 & B2 & G2)]; [now left|].
  destruct H1 as [U|(K1 & O1 & A1 & B1 & G1)]; [left; congruence|right].
  repeat split; try congruence.
  - rewrite <- A1 at 1. rewrite <- N.land_assoc. now rewrite A2.
  - destruct B2 as [->|E]; [now left|]. destruct B1 as [F|F]; [left|right]; congruence.
  - destruct G2 as [->|E]; [now left|]. destruct G1 as [F|F]; [left|right]; congruence.
Qed.

(* The same but for parent and account. *)
Definition alike (a b : cap) : Prop :=
  id a = id b /\ slot a = slot b /\ what a = what b /\ object a = object b /\ rights a = rights b /\
  badge a = badge b /\ base a = base b /\ size a = size b /\ gate a = gate b.

Lemma alike_refl a : alike a a.
Proof. unfold alike; tauto. Qed.

Lemma alike_trans a b c : alike a b -> alike b c -> alike a c.
Proof. unfold alike. intuition congruence. Qed.

Lemma alike_no_more a b c d : alike a b -> alike c d -> no_more_than b d -> no_more_than a c.
Proof.
  unfold alike, no_more_than, badge_kept, gate_kept. intros A B.
  repeat match goal with H : _ /\ _ |- _ => destruct H end.
  repeat match goal with H : ?f a = ?f b |- _ => rewrite H; clear H end.
  repeat match goal with H : ?f c = ?f d |- _ => rewrite H; clear H end.
  tauto.
Qed.

Lemma alike_account t p c : alike (with_account t p c) c.
Proof. unfold alike; simpl; tauto. Qed.

Lemma alike_adopt d c : alike (adopt_by d c) c.
Proof. unfold adopt_by. destruct (child_of _ _); unfold alike; simpl; tauto. Qed.

(* ---- looking things up *)

Lemma slot_eq_true a b : slot_eq a b = true <-> a = b.
Proof.
  destruct a, b; unfold slot_eq; simpl. rewrite andb_true_iff, !Nat.eqb_eq.
  split; [intros [-> ->]; auto|intros E; inversion E; auto].
Qed.

Lemma is_true k l : is k l = true <-> k = l.
Proof. unfold is. destruct (kind_eq k l); split; congruence. Qed.

Lemma at_slot_some s x c : at_slot s x = Some c -> In c (caps s) /\ slot c = x.
Proof. intros H. apply find_some in H. now rewrite slot_eq_true in H. Qed.

Lemma at_slot_none s x c : at_slot s x = None -> In c (caps s) -> slot c <> x.
Proof.
  intros H I E. pose proof (find_none _ _ H _ I) as F. simpl in F.
  apply slot_eq_true in E. congruence.
Qed.

Lemma by_id_in s c : well_formed s -> In c (caps s) -> by_id (caps s) (id c) = Some c.
Proof.
  intros W I. unfold by_id. destruct (find _ _) eqn:F.
  - apply find_some in F as [J E]. apply Nat.eqb_eq in E. f_equal. now apply (one_id s W).
  - pose proof (find_none _ _ F _ I) as G. simpl in G. now rewrite Nat.eqb_refl in G.
Qed.

Lemma child_of_true i c : child_of i c = true <-> parent c = Some i.
Proof.
  unfold child_of. destruct (parent c); [|split; discriminate].
  rewrite Nat.eqb_eq. split; congruence.
Qed.

Lemma table_at_ok s x t : table_at s x = (ok, t) ->
  exists c, at_slot s x = Some c /\ what c = Table /\ object c = t.
Proof.
  unfold table_at. destruct (at_slot s x) as [c|]; [|discriminate].
  destruct (is (what c) Table) eqn:K; simpl; [|discriminate].
  destruct (has _ _); simpl; [|discriminate]. intros E. inversion E. apply is_true in K. eauto.
Qed.

Lemma table_known s x t : well_formed s -> table_at s x = (ok, t) -> t < next s.
Proof.
  intros W H. apply table_at_ok in H as (c & A & _ & <-). apply at_slot_some in A as [I _].
  now apply (fresh s W).
Qed.

Lemma vacant_ok s t i : vacant s t i = ok -> at_slot s {| table := t; index := i |} = None.
Proof. unfold vacant. destruct (negb _); [discriminate|]. destruct (at_slot _ _); [discriminate|auto]. Qed.

Lemma vacant_known s t i : well_formed s -> vacant s t i = ok -> t < next s.
Proof.
  unfold vacant, in_table, slots_in, member_of. intros W.
  destruct (find _ _) as [m|] eqn:F; [|destruct (N.ltb_spec (N.of_nat i) 0); [lia|rewrite andb_false_r; discriminate]].
  apply find_some in F as [I E]. apply Nat.eqb_eq in E. subst t. intros _. now apply (known s W).
Qed.

Lemma all_vacant_ok s t n : forall first, all_vacant s t first n = ok ->
  forall i, i < n -> at_slot s {| table := t; index := first + i |} = None.
Proof.
  induction n as [|n IH]; simpl; intros first H i L; [lia|].
  destruct (vacant s t first) eqn:V; try discriminate.
  destruct i as [|i].
  - rewrite Nat.add_0_r. now apply vacant_ok.
  - replace (first + S i) with (S first + i) by lia. apply IH; [auto|lia].
Qed.

(* ---- accounts are of no importance here *)

Lemma well_formed_ext s t : caps t = caps s -> next t = next s -> members t = members s ->
  well_formed s -> well_formed t.
Proof. intros C N M []. constructor; rewrite ?C, ?N, ?M; auto. Qed.

Lemma refund_paid_frame l : forall s,
  caps (refund_paid l s) = caps s /\ next (refund_paid l s) = next s /\ members (refund_paid l s) = members s.
Proof.
  induction l as [|c l IH]; intros s; [auto|].
  unfold refund_paid in *. simpl. destruct (IH (refund Bytes (place s c) (paid c) s)) as (-> & -> & ->). auto.
Qed.

Lemma keep_caps p s : caps (keep p s) = filter p (caps s).
Proof. reflexivity. Qed.

Lemma keep_next p s : next (keep p s) = next s.
Proof. unfold keep. simpl. apply refund_paid_frame. Qed.

Lemma keep_members p s : members (keep p s) = members s.
Proof. unfold keep. simpl. apply refund_paid_frame. Qed.

(* Capabilities change their accounts only. *)
Lemma map_keeps f s t : well_formed s -> (forall c, alike (f c) c /\ parent (f c) = parent c) ->
  caps t = map f (caps s) -> next t = next s -> members t = members s -> well_formed t.
Proof.
  intros W F C N M. constructor; rewrite ?C, ?N, ?M.
  - intros c H. apply in_map_iff in H as (o & <- & I). destruct (F o) as [(Ei & Es & _ & Eo & _) _].
    rewrite Ei, Es, Eo. now apply (fresh s W).
  - exact (known s W).
  - intros c d H K E. apply in_map_iff in H as (o & <- & I). apply in_map_iff in K as (q & <- & J).
    destruct (F o) as [(A & _) _], (F q) as [(B & _) _]. f_equal. apply (one_id s W); congruence.
  - intros c d H K E. apply in_map_iff in H as (o & <- & I). apply in_map_iff in K as (q & <- & J).
    destruct (F o) as [(_ & A & _) _], (F q) as [(_ & B & _) _]. f_equal. apply (one_slot s W); congruence.
  - intros c p H P. apply in_map_iff in H as (o & <- & I). destruct (F o) as [A Q]. rewrite Q in P.
    destruct (sourced s W o p I P) as (d & J & E & L & R). exists (f d). destruct (F d) as [B _].
    split; [now apply in_map|]. split; [destruct B; congruence|]. split; [destruct A; lia|].
    eapply alike_no_more; eauto.
Qed.

(* ---- going *)

(* More fuel than the identity changes nothing. *)
Lemma below_fuel s root : well_formed s -> forall f i,
  i < f -> below (S f) (caps s) root i = true -> below f (caps s) root i = true.
Proof.
  intros W. induction f as [|f IH]; intros i L H; [lia|].
  remember (S f) as g. cbn [below] in H. subst g. cbn [below].
  destruct (by_id (caps s) i) as [c|] eqn:B; [|discriminate].
  apply find_some in B as [I E]. apply Nat.eqb_eq in E.
  destruct (parent c) as [p|] eqn:P; [|discriminate].
  destruct (sourced s W c p I P) as (d & _ & _ & Lt & _).
  apply orb_true_iff in H as [H|H]; apply orb_true_iff; [now left|right].
  apply IH; [lia|exact H].
Qed.

Lemma below_child s root c p : well_formed s -> In c (caps s) -> parent c = Some p ->
  p = root \/ below (next s) (caps s) root p = true -> below (next s) (caps s) root (id c) = true.
Proof.
  intros W I P H. apply below_fuel; [auto|now apply (fresh s W)|].
  cbn [below]. rewrite (by_id_in s c W I), P. apply orb_true_iff.
  destruct H as [->|H]; [left; apply Nat.eqb_refl|now right].
Qed.

(* Nothing is below itself: identities fall on the way up. *)
Lemma below_later s root : well_formed s -> forall f i, below f (caps s) root i = true -> root < i.
Proof.
  intros W. induction f as [|f IH]; simpl; [discriminate|]. intros i H.
  destruct (by_id (caps s) i) as [c|] eqn:B; [|discriminate].
  apply find_some in B as [I E]. apply Nat.eqb_eq in E.
  destruct (parent c) as [p|] eqn:P; [|discriminate].
  destruct (sourced s W c p I P) as (x & _ & _ & L & _).
  apply orb_true_iff in H as [H|H]; [apply Nat.eqb_eq in H|apply IH in H]; lia.
Qed.

Lemma keep_keeps p s : well_formed s ->
  (forall c d, In c (caps s) -> In d (caps s) -> p c = true -> parent c = Some (id d) -> p d = true) ->
  well_formed (keep p s).
Proof.
  intros W Up. constructor; rewrite ?keep_caps, ?keep_next, ?keep_members.
  - intros c H. apply filter_In in H as [H _]. now apply (fresh s W).
  - exact (known s W).
  - intros c d H K. apply filter_In in H as [H _]. apply filter_In in K as [K _]. now apply (one_id s W).
  - intros c d H K. apply filter_In in H as [H _]. apply filter_In in K as [K _]. now apply (one_slot s W).
  - intros c i H P. apply filter_In in H as [I Q].
    destruct (sourced s W c i I P) as (d & J & E & R). exists d. split; [|auto].
    apply filter_In. split; [auto|]. apply (Up c); auto. congruence.
Qed.

Lemma revoke_in root s c : In c (caps (revoke root s)) <->
  In c (caps s) /\ below (next s) (caps s) root (id c) = false.
Proof. unfold revoke. rewrite keep_caps, filter_In, negb_true_iff. tauto. Qed.

Lemma revoke_keeps root s : well_formed s -> well_formed (revoke root s).
Proof.
  intros W. apply keep_keeps; auto. intros c d I J B P.
  apply negb_true_iff in B. apply negb_true_iff. destruct (below _ _ _ (id d)) eqn:D; [|auto].
  rewrite (below_child s root c (id d)) in B; auto.
Qed.

Lemma remove_in d s c : In c (caps (remove d s)) <->
  exists o, In o (caps s) /\ id o <> id d /\ c = adopt_by d o.
Proof.
  simpl. rewrite in_map_iff. split.
  - intros (o & E & H). apply filter_In in H as [H N]. apply negb_true_iff, Nat.eqb_neq in N. eauto.
  - intros (o & H & N & E). exists o. split; auto. apply filter_In. split; auto.
    now apply negb_true_iff, Nat.eqb_neq.
Qed.

Lemma remove_next d s : next (remove d s) = next s.
Proof. apply keep_next. Qed.

Lemma remove_members d s : members (remove d s) = members s.
Proof. apply keep_members. Qed.

Lemma remove_keeps d s : well_formed s -> In d (caps s) -> well_formed (remove d s).
Proof.
  intros W D. constructor; rewrite ?remove_next, ?remove_members.
  - intros c H. apply remove_in in H as (o & I & _ & ->).
    destruct (alike_adopt d o) as (Ei & Es & _ & Eo & _). rewrite Ei, Es, Eo. now apply (fresh s W).
  - exact (known s W).
  - intros c e H K E. apply remove_in in H as (o & I & _ & ->). apply remove_in in K as (q & J & _ & ->).
    destruct (alike_adopt d o) as (A & _), (alike_adopt d q) as (B & _). f_equal. apply (one_id s W); congruence.
  - intros c e H K E. apply remove_in in H as (o & I & _ & ->). apply remove_in in K as (q & J & _ & ->).
    destruct (alike_adopt d o) as (_ & A & _), (alike_adopt d q) as (_ & B & _). f_equal. apply (one_slot s W); congruence.
  - assert (Keep : forall o x, In o (caps s) -> In x (caps s) -> id x <> id d -> id x < id o -> no_more_than o x ->
      exists e, In e (caps (remove d s)) /\ id e = id x /\ id x < id (adopt_by d o) /\ no_more_than (adopt_by d o) e).
    { intros o x O X Nx L R. exists (adopt_by d x).
      destruct (alike_adopt d x) as (A & _), (alike_adopt d o) as (C & _). split; [|split; [|split]].
      - apply remove_in; eauto.
      - auto.
      - lia.
      - eapply alike_no_more; eauto using alike_adopt. }
    intros c p H P. apply remove_in in H as (o & I & N & ->).
    unfold adopt_by in P. destruct (child_of (id d) o) eqn:Ch.
    + apply child_of_true in Ch. simpl in P.
      destruct (sourced s W o (id d) I Ch) as (x & X & Ex & L & R).
      assert (x = d) by (apply (one_id s W); congruence). subst x.
      destruct (sourced s W d p D P) as (y & Y & Ey & Ly & Ry).
      destruct (Keep o y) as (e & E1 & E2 & E3 & E4); auto; try lia.
      { eapply no_more_trans; eauto. }
      exists e. split; [auto|split; [lia|split; [lia|auto]]].
    + destruct (sourced s W o p I P) as (x & X & Ex & L & R).
      assert (id x <> id d). { intros T. rewrite <- Ex, T in P. apply child_of_true in P. congruence. }
      destruct (Keep o x) as (e & E1 & E2 & E3 & E4); auto; try lia.
      exists e. split; [auto|split; [lia|split; [lia|auto]]].
Qed.

Lemma delete_keeps d s : well_formed s -> In d (caps s) -> well_formed (delete d s).
Proof.
  intros W D. unfold delete. destruct (kind_eq _ _); apply remove_keeps; auto using revoke_keeps.
  apply revoke_in. split; auto. destruct (below _ _ _ _) eqn:B; auto.
  apply (below_later s _ W) in B. lia.
Qed.

Lemma delete_next d s : next (delete d s) = next s.
Proof. unfold delete. rewrite remove_next. destruct (kind_eq _ _); auto. apply keep_next. Qed.

Lemma delete_members d s : members (delete d s) = members s.
Proof. unfold delete. rewrite remove_members. destruct (kind_eq _ _); auto. apply keep_members. Qed.

(* What is left was there. *)
Lemma delete_from d s c : In c (caps (delete d s)) -> exists o, In o (caps s) /\ id o <> id d /\ alike c o.
Proof.
  intros H. apply remove_in in H as (o & I & N & ->). exists o. split; [|split; [auto|apply alike_adopt]].
  destruct (kind_eq _ _); auto. now apply revoke_in in I as [I _].
Qed.

Lemma settle_keeps s : well_formed s -> well_formed (settle s).
Proof.
  intros W. destruct (refund_paid_frame (filter (fun c => childless (caps s) (id c)) (caps s)) s) as (_ & N & M).
  apply (map_keeps (fun c => if childless (caps s) (id c) then with_account 0 0 c else c) s); auto.
  intros c. destruct (childless _ _); auto using alike_account, alike_refl.
Qed.

Lemma end_members_caps s : caps (end_members s) = caps s /\ next (end_members s) = next s /\
  members (end_members s) = filter (alive s) (members s).
Proof.
  unfold end_members. set (l := filter (fun m => negb (alive s m)) (members s)).
  assert (F : forall l t, caps (fold_left (fun t m => refund (cost_of m) (of m) (weight m) t) l t) = caps t /\
    next (fold_left (fun t m => refund (cost_of m) (of m) (weight m) t) l t) = next t /\
    members (fold_left (fun t m => refund (cost_of m) (of m) (weight m) t) l t) = members t).
  { clear. induction l as [|m l IH]; simpl; intros t; auto.
    destruct (IH (refund (cost_of m) (of m) (weight m) t)) as (-> & -> & ->). auto. }
  destruct (F l (with_members (filter (alive s) (members s)) s)) as (-> & -> & ->). auto.
Qed.

Lemma end_members_keeps s : well_formed s -> well_formed (end_members s).
Proof.
  intros []. destruct (end_members_caps s) as (C & N & M). constructor; rewrite ?C, ?N, ?M; auto.
  intros m I. apply filter_In in I as [I _]. auto.
Qed.

Lemma sweep_keeps f : forall s, well_formed s -> well_formed (sweep f s).
Proof.
  induction f as [|f IH]; simpl; intros s W; auto. destruct (find _ _) as [c|] eqn:F; auto.
  apply find_some in F as [I _]. apply IH. now apply delete_keeps.
Qed.

Lemma sweep_members f : forall s, members (sweep f s) = members s.
Proof.
  induction f as [|f IH]; simpl; intros s; auto. destruct (find _ _) as [c|]; auto.
  rewrite IH. apply delete_members.
Qed.

Lemma sweep_from f : forall s c, In c (caps (sweep f s)) -> exists o, In o (caps s) /\ alike c o.
Proof.
  induction f as [|f IH]; simpl; intros s c H; eauto using alike_refl.
  destruct (find _ _) as [d|] eqn:F; eauto using alike_refl.
  apply IH in H as (o & I & A). apply delete_from in I as (q & J & _ & B). eauto using alike_trans.
Qed.

Lemma finish_keeps s : well_formed s -> well_formed (finish s).
Proof. intros W. apply end_members_keeps, settle_keeps, sweep_keeps, W. Qed.

(* ---- changing place *)

Lemma exchange_injective a b x y : exchange a b x = exchange a b y -> x = y.
Proof.
  unfold exchange.
  destruct (slot_eq x a) eqn:A, (slot_eq y a) eqn:B, (slot_eq x b) eqn:C, (slot_eq y b) eqn:D;
  rewrite ?slot_eq_true in *; intros; subst; auto;
  exfalso; repeat match goal with H : slot_eq ?x ?x = false |- _ =>
    rewrite (proj2 (slot_eq_true x x) eq_refl) in H; discriminate end; try congruence.
Qed.

Lemma relocate_keeps a b s : well_formed s -> table a < next s -> table b < next s -> well_formed (relocate a b s).
Proof.
  intros W A B. constructor; simpl.
  - intros c H. apply in_map_iff in H as (o & <- & I). destruct (fresh s W o I) as (F & G & H). simpl.
    split; [auto|split; [auto|]]. unfold exchange. destruct (slot_eq _ _); auto. destruct (slot_eq _ _); auto.
  - exact (known s W).
  - intros c d H K E. apply in_map_iff in H as (o & <- & I). apply in_map_iff in K as (q & <- & J).
    simpl in E. now rewrite (one_id s W o q I J E).
  - intros c d H K E. apply in_map_iff in H as (o & <- & I). apply in_map_iff in K as (q & <- & J).
    simpl in E. apply exchange_injective in E. now rewrite (one_slot s W o q I J E).
  - intros c p H P. apply in_map_iff in H as (o & <- & I).
    destruct (sourced s W o p I P) as (d & J & E & L & R).
    exists (with_slot (exchange a b (slot d)) d). split; [|auto].
    apply in_map_iff. eauto.
Qed.

(* ---- coming *)

(* `put i` adds one capability below `d`, in the slot `first + i` of table `t`. *)
Definition puts (put : nat -> state -> state) (d : cap) (t first n : nat) : Prop :=
  forall i s, i < n -> exists c,
    caps (put i s) = c :: caps s /\ next (put i s) = S (next s) /\ spaces (put i s) = spaces s /\
    slot c = {| table := t; index := first + i |} /\ id c = next s /\ parent c = Some (id d) /\ no_more_than c d /\
    (object c = next s \/ object c = object d) /\ paid c = 0%N /\
    (members (put i s) = members s \/ exists m, named m = next s /\ members (put i s) = m :: members s).

(* `t` is `s` with new capabilities below `d`, all in one table. *)
Record grown (s : state) (d : cap) (t : nat) (after : state) : Prop := {
  grown_well : well_formed after;
  grown_next : next s <= next after;
  grown_old : forall c, In c (caps s) -> In c (caps after);
  grown_new : forall c, In c (caps after) ->
    In c (caps s) \/ (table (slot c) = t /\ no_more_than c d /\ parent c = Some (id d) /\ paid c = 0%N);
  grown_home : forall x, x < next s -> home after x = home s x;
  grown_spaces : spaces after = spaces s }.

Lemma put_grows s put d t first n after i : puts put d t first n -> In d (caps s) -> t < next s -> i < n ->
  grown s d t after -> at_slot after {| table := t; index := first + i |} = None -> grown s d t (put i after).
Proof.
  intros P D T L G V. destruct G as [W Nx Old New Home Sp].
  destruct (P i after L) as (c & C & N & S & Sl & Id & Pa & R & Ob & Pd & Me). assert (I := Old d D).
  destruct (fresh _ W d I) as (Fd & Fo & _).
  assert (Kn : forall m, In m (members (put i after)) -> named m < next (put i after)).
  { intros m H. rewrite N. destruct Me as [E|(x & Nm & E)]; rewrite E in H.
    - pose proof (known _ W m H). lia.
    - destruct H as [<-|H]; [lia|]. pose proof (known _ W m H). lia. }
  constructor.
  - constructor; auto; rewrite C, ?N.
    + intros x [<-|X].
      * rewrite Sl, Id. simpl. destruct Ob; lia.
      * destruct (fresh _ W x X) as (? & ? & ?). lia.
    + intros x y [<-|X] [<-|Y] E; auto.
      * destruct (fresh _ W y Y). lia.
      * destruct (fresh _ W x X). lia.
      * now apply (one_id _ W).
    + intros x y [<-|X] [<-|Y] E; auto.
      * exfalso. apply (at_slot_none after _ y V Y). congruence.
      * exfalso. apply (at_slot_none after _ x V X). congruence.
      * now apply (one_slot _ W).
    + intros x p [<-|X] Q.
      * exists d. assert (p = id d) by congruence. simpl. split; [auto|split; [auto|split; [lia|auto]]].
      * destruct (sourced _ W x p X Q) as (e & ? & ?). exists e. simpl. split; auto.
  - rewrite N. lia.
  - intros x X. rewrite C. right. auto.
  - intros x H. rewrite C in H. destruct H as [<-|H]; [right|auto]. rewrite Sl. auto.
  - intros x X. rewrite <- (Home x X). unfold home. destruct Me as [->|(m & Nm & ->)]; auto.
    simpl. destruct (Nat.eqb_spec (named m) x); [lia|auto].
  - congruence.
Qed.

(* What holds at first and of each step holds at the end. *)
Lemma each_induct s put d t first n (Q : nat -> state -> Prop) : puts put d t first n -> well_formed s ->
  In d (caps s) -> t < next s ->
  (forall i, i < n -> at_slot s {| table := t; index := first + i |} = None) ->
  Q 0 s -> (forall i after, i < n -> grown s d t after -> Q i after -> Q (S i) (put i after)) ->
  grown s d t (each put n 0 s) /\ Q n (each put n 0 s).
Proof.
  intros P W D T V Q0 QS.
  assert (G : forall k j after, j + k = n -> grown s d t after -> Q j after ->
    (forall i, j <= i < n -> at_slot after {| table := t; index := first + i |} = None) ->
    grown s d t (each put k j after) /\ Q n (each put k j after)).
  { induction k as [|k IH]; simpl; intros j after E G H A; [replace n with j by lia; auto|].
    assert (L : j < n) by lia. assert (Now := A j ltac:(lia)).
    apply IH; [lia|eapply put_grows; eauto|auto|].
    intros i I. destruct (P j after L) as (c & C & _ & _ & Sl & _).
    unfold at_slot. rewrite C. simpl. rewrite Sl.
    destruct (slot_eq _ _) eqn:E'; [|apply A; lia]. apply slot_eq_true in E'. inversion E'. lia. }
  apply G; auto. { constructor; auto. } intros i I. apply V. lia.
Qed.

Lemma each_grows s put d t first n : puts put d t first n -> well_formed s -> In d (caps s) -> t < next s ->
  (forall i, i < n -> at_slot s {| table := t; index := first + i |} = None) ->
  grown s d t (each put n 0 s).
Proof. intros. eapply (each_induct s put d t first n (fun _ _ => True)); eauto. Qed.

(* ---- deriving *)

Lemma part_fits d o b n p : part_of d o b n = (ok, p) -> forall i, i < n -> (o + N.of_nat i * p + p <= size d)%N.
Proof.
  unfold part_of. intros H i L. destruct (is _ _).
  - destruct (negb _); [discriminate|]. destruct (N.leb _ _); [discriminate|].
    remember (if (b =? 0)%N && (n =? 1) then (size d - o)%N else b) as q. clear Heqq.
    destruct (_ || _) eqn:E; [discriminate|]. inversion H; subst p.
    apply orb_false_iff in E as [_ E]. apply negb_false_iff, N.leb_le in E.
    assert (q * N.of_nat (S i) <= q * N.of_nat n)%N by (apply N.mul_le_mono_l; lia). lia.
  - destruct (_ && _ && _) eqn:E; inversion H; subst p.
    rewrite !andb_true_iff, !N.eqb_eq, Nat.eqb_eq in E. destruct E as ((-> & _) & ->).
    replace i with 0 by lia. simpl. lia.
Qed.

Lemma derived_puts d t first m nb o b n p g : part_of d o b n = (ok, p) -> 
  puts (put_derived d t first m nb o p g) d t first n.
Proof.
  intros F i s L. exists (derived d t first m nb o p g i (next s)). unfold put_derived; simpl.
  do 6 (split; [auto|]). split; [|split; [auto|split; auto]].
  pose proof (part_fits d o b n p F i L).
  unfold no_more_than, within, badge_kept, gate_kept; simpl. split; [lia|right].
  do 2 (split; [auto|]). split; [|split].
  - rewrite <- N.land_assoc, (N.land_comm m), N.land_assoc, N.land_diag. auto.
  - destruct (N.eqb_spec (badge d) 0); auto.
  - destruct (gate d); auto.
Qed.

Lemma derive_grows s actor way d t first m nb o b n g : well_formed s -> In d (caps s) -> t < next s ->
  (forall i, i < n -> at_slot s {| table := t; index := first + i |} = None) ->
  let after := snd (derive s actor way d t first m nb o b n g) in
  after = s \/
  (grown s d t after /\ what d <> Untyped /\
   exists r, crossing s actor way (what d) (range_of d) (place s d) (home s t) = Some r).
Proof.
  intros W D T V. simpl. unfold derive.
  destruct (kind_eq _ _) as [|U]; auto. destruct (_ && _); auto.
  destruct (part_of d o b n) as [e p] eqn:F. destruct e; auto.
  destruct (crossing _ _ _ _ _ _ _) as [r|]; auto. right. split; [|split; eauto].
  apply (each_grows s _ d t first n); auto. eapply derived_puts; eauto.
Qed.

Lemma deliver_keeps actor way inbox : forall items s, well_formed s ->
  well_formed (deliver s actor way inbox items).
Proof.
  induction items as [|[source i] rest IH]; simpl; intros s W; auto.
  destruct (at_slot s source) as [d|] eqn:A; auto. apply at_slot_some in A as [D _].
  destruct (vacant s inbox i) eqn:V; auto. assert (T := vacant_known s inbox i W V). apply vacant_ok in V.
  assert (H := derive_grows s actor way d inbox i 255 0 0 0 1 None W D T). simpl in H.
  destruct (derive _ _ _ _ _ _ _ _ _ _ _ _) as [e t]. destruct e; auto. simpl in H.
  destruct H as [->|(G & _)].
  - intros j L. replace (i + j) with i by lia. exact V.
  - auto.
  - apply IH, G.
Qed.

(* ---- retype *)

Lemma made_puts u k bits start b t first n : (start + b * N.of_nat n <= size u)%N -> what u = Untyped ->
  puts (put_made u k bits start b t first) u t first n.
Proof.
  intros F U i s L. exists (made u k start b t first i (next s)).
  assert (E : caps (enroll k bits (home s t) s) = caps s /\ next (enroll k bits (home s t) s) = next s /\
    spaces (enroll k bits (home s t) s) = spaces s) by (unfold enroll; destruct (is_member k); auto).
  destruct E as (E1 & E2 & E3). unfold put_made; simpl. rewrite E1, E2, E3.
  do 6 (split; [auto|]). split; [|split; [auto|split; [auto|]]].
  - assert (b * N.of_nat (S i) <= b * N.of_nat n)%N by (apply N.mul_le_mono_l; lia).
    unfold no_more_than, within; simpl. split; [lia|auto].
  - unfold enroll. destruct (is_member k); simpl; [right|left; auto]. eexists. split; [|reflexivity]. auto.
Qed.

Definition retyped (s : state) (u : cap) (k : kind) (bits : N) (count t first : nat) (bytes : N) : state :=
  each (put_made u k bits (align_up (taken u) bytes) bytes t first) count 0 s.

Lemma retype_cases s actor u k bits n t first b :
  let after := snd (retype s actor u k bits n t first b) in
  let length := (b * N.of_nat n)%N in
  let paying := if is k Untyped then 0%N else length in
  let costs := if is_member k then (weight_of k bits * N.of_nat n)%N else 0%N in
  after = s \/
  (all_vacant s t first n = ok /\ (align_up (taken u) b + length <= size u)%N /\
   (exists r, crossing s actor None k (size u) (place s u) (home s t) = Some r) /\
   affordable s Bytes (place s u) paying = true /\ affordable s (cost_name k) (home s t) costs = true /\
   after = charge Bytes (place s u) paying
             (charge (cost_name k) (home s t) costs
               (account_of (id u) (align_up (taken u) b + length) (paid u + paying) (retyped s u k bits n t first b)))).
Proof.
  simpl. unfold retype. destruct (all_vacant s t first n); auto.
  destruct (N.leb_spec (align_up (taken u) b + b * N.of_nat n) (size u)); simpl; auto.
  destruct (crossing _ _ _ _ _ _ _) as [r|]; auto.
  destruct (affordable s Bytes _ _) eqn:A; simpl; auto. destruct (affordable s (cost_name k) _ _) eqn:B; simpl; auto.
  right. repeat split; eauto.
Qed.

Lemma retyped_grows s u k bits n t first b : well_formed s -> In u (caps s) -> what u = Untyped -> t < next s ->
  all_vacant s t first n = ok -> (align_up (taken u) b + b * N.of_nat n <= size u)%N ->
  grown s u t (retyped s u k bits n t first b).
Proof.
  intros W I U T V F. apply (each_grows s _ u t first n); auto using made_puts. exact (all_vacant_ok s t n first V).
Qed.

Lemma account_keeps i x p s : well_formed s -> well_formed (account_of i x p s).
Proof.
  intros W. apply (map_keeps (fun c => if id c =? i then with_account x p c else c) s); auto.
  intros c. destruct (_ =? _); auto using alike_account, alike_refl.
Qed.

Lemma charge_keeps r n x s : well_formed s -> well_formed (charge r n x s).
Proof. apply well_formed_ext; reflexivity. Qed.

(* ---- the step *)

Arguments derive : simpl never.
Arguments retype : simpl never.
Arguments relocate : simpl never.
Arguments delete : simpl never.
Arguments revoke : simpl never.
Arguments finish : simpl never.
Arguments set_space : simpl never.

Ltac look :=
  repeat match goal with
  | |- context [table_at ?s ?x] => let T := fresh "T" in destruct (table_at s x) as [[] ?] eqn:T
  | |- context [at_slot ?s ?x] => let A := fresh "A" in destruct (at_slot s x) eqn:A
  | |- context [all_vacant ?s ?t ?f ?n] => let V := fresh "V" in destruct (all_vacant s t f n) eqn:V
  | |- context [vacant ?s ?t ?i] => let V := fresh "V" in destruct (vacant s t i) eqn:V
  | |- context [if ?b then _ else _] => destruct b eqn:?
  end; simpl; auto.

Theorem step_keeps s actor o : well_formed s -> well_formed (snd (step s actor o)).
Proof.
  intros W.
  assert (Kn := fun x t => table_known s x t W).
  assert (Here := fun x c (H : at_slot s x = Some c) => proj1 (at_slot_some s x c H)).
  assert (Der : forall way d t first m nb q b n g, In d (caps s) -> t < next s -> all_vacant s t first n = ok ->
    well_formed (snd (derive s actor way d t first m nb q b n g))).
  { intros way d t first m nb q b n g D T V.
    destruct (derive_grows s actor way d t first m nb q b n g W D T (all_vacant_ok s t n first V)) as [->|(G & _)]; auto.
    apply G. }
  destruct o; simpl.
  - destruct (at_slot s untyped) as [u|] eqn:A; auto.
    destruct (is (what u) Untyped) eqn:U; simpl; auto. apply is_true in U.
    destruct (has _ _); simpl; auto. destruct (_ || _); simpl; auto. destruct (bytes_of k bits) as [b|]; auto.
    destruct (table_at s into) as [e t] eqn:T. destruct e; auto.
    destruct (retype_cases s actor u k bits count t first b) as [->|(V & F & _ & _ & _ & ->)]; auto.
    apply charge_keeps, charge_keeps, account_keeps. apply retyped_grows; eauto.
  - look. eauto.
  - look. apply Der; eauto. simpl. now rewrite V.
  - look. apply relocate_keeps; simpl; eauto. apply (fresh s W). eapply Here; eauto.
  - look. apply relocate_keeps; auto; apply (fresh s W); eapply Here; eauto.
  - look. apply finish_keeps, delete_keeps; eauto.
  - look. apply finish_keeps, revoke_keeps; eauto.
  - look. now apply deliver_keeps.
  - apply (well_formed_ext s); auto.
  - apply (well_formed_ext s); auto.
Qed.

Theorem run_keeps l : forall s, well_formed s -> well_formed (run s l).
Proof. induction l as [|[a o] l IH]; simpl; auto using step_keeps. Qed.
