(* SPDX-License-Identifier: Apache-2.0 *)
(* Rule 4: what a namespace has used is the sum of what its own cost, and never grows
   beyond its limit. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability State Derivation Operations Invariant.
Import ListNotations.
Local Open Scope N_scope.

(* ---- sums *)

Fixpoint sum {A} (f : A -> N) (l : list A) : N := match l with [] => 0 | x :: r => f x + sum f r end.

Lemma sum_ext {A} (f g : A -> N) l : (forall x, In x l -> f x = g x) -> sum f l = sum g l.
Proof. induction l as [|x l IH]; simpl; intros H; auto. rewrite (H x), IH; auto. Qed.

Lemma sum_map {A B} (f : B -> N) (g : A -> B) l : sum f (map g l) = sum (fun x => f (g x)) l.
Proof. induction l as [|x l IH]; simpl; auto. now rewrite IH. Qed.

Lemma sum_split {A} (f : A -> N) (p : A -> bool) l :
  sum f l = sum f (filter p l) + sum f (filter (fun x => negb (p x)) l).
Proof. induction l as [|x l IH]; simpl; auto. destruct (p x); simpl; lia. Qed.

Lemma sum_zero {A} (f : A -> N) l : (forall x, In x l -> f x = 0) -> sum f l = 0.
Proof. induction l as [|x l IH]; simpl; intros H; auto. rewrite (H x), IH; auto. Qed.

(* One element of a list without repetition changes. *)
Lemma sum_change (f g : cap -> N) (l : list cap) u x : NoDup (map id l) -> In u l ->
  (forall c, In c l -> id c <> id u -> g c = f c) -> g u = f u + x -> sum g l = sum f l + x.
Proof.
  induction l as [|c l IH]; simpl; intros N I E U; [easy|]. inversion N as [|? ? Out N']; subst.
  destruct I as [->|I].
  - rewrite U, (sum_ext g f); [lia|]. intros y Y. apply E; auto. intros Q. apply Out. rewrite <- Q. now apply in_map.
  - rewrite IH, (E c); auto; [lia|]. intros Q. apply Out. rewrite Q. now apply in_map.
Qed.

(* ---- what is due *)

Definition bill (s : state) (n : namespace) (c : cap) : N := if ancestor n (place s c) then paid c else 0.

Definition resource_eq (a b : resource) : bool :=
  match a, b with Bytes, Bytes | Slots, Slots | Threads, Threads => true | _, _ => false end.

Definition fee (r : resource) (n : namespace) (m : member) : N :=
  if resource_eq r (cost_of m) && ancestor n (of m) then weight m else 0.

(* In `n` and below: what its Untypeds were charged for; what its members cost. *)
Definition due (r : resource) (n : namespace) (s : state) : N :=
  match r with
  | Bytes => sum (bill s n) (caps s)
  | _ => sum (fee r n) (members s)
  end.

Record accounted (s : state) : Prop := {
  ledger : forall e r, In e (spaces s) -> amount r (used e) = due r (path e) s;
  distinct : NoDup (map id (caps s));
  handed : forall c, In c (caps s) -> paid c <= taken c /\ taken c <= size c;
  only_untyped : forall c, In c (caps s) -> what c <> Untyped -> paid c = 0 }.

(* Between operations: an Untyped from which nothing is made costs nothing. *)
Definition settled (s : state) : Prop :=
  forall c, In c (caps s) -> childless (caps s) (id c) = true -> paid c = 0.

(* ---- how accounts change *)

Definition adjusted (h : resource -> namespace -> N -> N) (s t : state) : Prop :=
  forall e', In e' (spaces t) -> exists e, In e (spaces s) /\ path e' = path e /\ limit e' = limit e /\
    forall r, amount r (used e') = h r (path e) (amount r (used e)).

Lemma adjusted_same s t : spaces t = spaces s -> adjusted (fun _ _ u => u) s t.
Proof. intros E e' I. rewrite E in I. eauto. Qed.

Lemma adjusted_trans g h s t u : adjusted g s t -> adjusted h t u -> adjusted (fun r n x => h r n (g r n x)) s u.
Proof.
  intros A B e' I. destruct (B e' I) as (m & M & P & L & U). destruct (A m M) as (e & E & Q & K & V).
  exists e. split; [auto|split; [congruence|split; [congruence|]]]. intros r. now rewrite U, V, Q.
Qed.

Lemma adjusted_ext g h s t : (forall r n x, g r n x = h r n x) -> adjusted g s t -> adjusted h s t.
Proof.
  intros E A e' I. destruct (A e' I) as (e & ? & ? & ? & U). exists e. split; [auto|split; [auto|split; [auto|]]].
  intros r. now rewrite <- E.
Qed.

Lemma amount_update r q f a : amount r (update q f a) = if resource_eq r q then f (amount r a) else amount r a.
Proof. destruct r, q; reflexivity. Qed.

Lemma on_account_adjusts r n f s :
  adjusted (fun q m u => if resource_eq q r && ancestor m n then f u else u) s (with_spaces (map (on_account r n f) (spaces s)) s).
Proof.
  intros e' I. simpl in I. apply in_map_iff in I as (e & <- & I). exists e. unfold on_account.
  destruct (ancestor (path e) n); simpl; (split; [auto|split; [auto|split; [auto|]]]); intros q.
  - rewrite amount_update. now destruct (resource_eq q r).
  - now rewrite andb_false_r.
Qed.

Lemma place_ext s t c : members t = members s -> place t c = place s c.
Proof. unfold place, home. now intros ->. Qed.

Lemma bill_ext s t n c : members t = members s -> bill t n c = bill s n c.
Proof. intros M. unfold bill. now rewrite (place_ext s t). Qed.

Lemma refund_paid_adjusts l : forall s,
  adjusted (fun r n u => match r with Bytes => u - sum (bill s n) l | _ => u end) s (refund_paid l s).
Proof.
  induction l as [|c l IH]; intros s.
  - eapply adjusted_ext; [|apply adjusted_same; reflexivity]. intros [] n x; simpl; auto. now rewrite N.sub_0_r.
  - eapply adjusted_ext; [|eapply adjusted_trans; [apply on_account_adjusts|apply (IH (refund Bytes (place s c) (paid c) s))]].
    intros r n x. simpl. destruct r; simpl; auto.
    change (sum (bill (refund Bytes (place s c) (paid c) s) n) l) with (sum (bill s n) l).
    change (bill s n c) with (if ancestor n (place s c) then paid c else 0).
    destruct (ancestor n (place s c)); simpl; lia.
Qed.

(* ---- going *)

Lemma NoDup_filter_map {A B} (f : A -> B) p l : NoDup (map f l) -> NoDup (map f (filter p l)).
Proof.
  induction l as [|x l IH]; simpl; intros N; auto. inversion N as [|? ? Out N']; subst.
  destruct (p x); simpl; auto. constructor; auto. intros I. apply Out.
  apply in_map_iff in I as (y & E & I). apply filter_In in I as [I _]. rewrite <- E. now apply in_map.
Qed.

Lemma keep_accounted p s : accounted s -> accounted (keep p s).
Proof.
  intros [L D H U]. constructor.
  - intros e r I. unfold keep in I. simpl in I. destruct (refund_paid_adjusts _ s e I) as (o & O & P & _ & A).
    destruct (refund_paid_frame (filter (fun c => negb (p c)) (caps s)) s) as (_ & _ & M).
    rewrite A, P, (L o r O). destruct r; simpl; rewrite ?M; auto.
    rewrite (sum_split (bill s (path o)) p (caps s)).
    rewrite (sum_ext (bill (keep p s) (path o)) (bill s (path o))); [lia|].
    intros. apply bill_ext, keep_members.
  - rewrite keep_caps. now apply NoDup_filter_map.
  - intros c I. rewrite keep_caps in I. apply filter_In in I as [I _]. auto.
  - intros c I. rewrite keep_caps in I. apply filter_In in I as [I _]. auto.
Qed.

(* Capabilities change nothing that matters to accounts. *)
Lemma map_accounted f s t : accounted s -> caps t = map f (caps s) -> members t = members s -> spaces t = spaces s ->
  (forall c, In c (caps s) -> id (f c) = id c /\ what (f c) = what c /\ size (f c) = size c /\ taken (f c) = taken c /\
    paid (f c) = paid c /\ (forall n, bill t n (f c) = bill s n c)) ->
  accounted t.
Proof.
  intros [L D H U] C M S F. constructor.
  - intros e r I. rewrite S in I. rewrite (L e r I). destruct r; simpl; rewrite ?M; auto.
    rewrite C, sum_map. apply sum_ext. intros c J. symmetry. now apply F.
  - rewrite C, map_map, (map_ext_in _ id); auto. intros c J. now apply F.
  - intros c I. rewrite C in I. apply in_map_iff in I as (o & <- & I).
    destruct (F o I) as (_ & _ & E1 & E2 & E3 & _). rewrite E1, E2, E3. auto.
  - intros c I K. rewrite C in I. apply in_map_iff in I as (o & <- & I).
    destruct (F o I) as (_ & E1 & _ & _ & E3 & _). rewrite E3. apply U; auto. congruence.
Qed.

Lemma remove_accounted d s : accounted s -> accounted (remove d s).
Proof.
  intros A. apply (map_accounted (adopt_by d) (keep (fun c => negb (Nat.eqb (id c) (id d))) s)); auto using keep_accounted.
  intros c _. unfold adopt_by. destruct (child_of _ _); simpl; repeat split; auto.
Qed.

Lemma delete_accounted d s : accounted s -> accounted (delete d s).
Proof. intros A. unfold Derivation.delete. destruct (kind_eq _ _); apply remove_accounted; auto. now apply keep_accounted. Qed.

Lemma sweep_accounted f : forall s, accounted s -> accounted (sweep f s).
Proof.
  induction f as [|f IH]; simpl; intros s A; auto. destruct (find _ _); auto using delete_accounted.
Qed.

Lemma childless_map f l i : (forall c, parent (f c) = parent c) -> childless (map f l) i = childless l i.
Proof.
  intros F. unfold childless. induction l as [|c l IH]; simpl; auto. rewrite IH. unfold child_of. now rewrite F.
Qed.

Lemma sum_cleared s t n (p : cap -> bool) l : members t = members s ->
  sum (bill t n) (map (fun c => if p c then with_account 0 0 c else c) l) = sum (bill s n) (filter (fun c => negb (p c)) l).
Proof.
  intros M. induction l as [|c l IH]; simpl; auto. rewrite IH.
  destruct (p c); simpl; rewrite (bill_ext s t) by auto; [unfold bill; simpl; now destruct (ancestor _ _)|auto].
Qed.

Lemma settle_accounted s : accounted s -> accounted (settle s) /\ settled (settle s).
Proof.
  intros [L D H U]. set (idle := fun c => childless (caps s) (id c)).
  set (f := fun c => if idle c then with_account 0 0 c else c).
  assert (C : caps (settle s) = map f (caps s)) by reflexivity.
  assert (M : members (settle s) = members s) by apply refund_paid_frame.
  assert (Id : forall c, id (f c) = id c) by (intros c; unfold f; destruct (idle c); auto).
  split; [constructor|].
  - intros e r I. unfold settle in I. simpl in I. destruct (refund_paid_adjusts _ s e I) as (o & O & P & _ & A).
    rewrite A, P, (L o r O). destruct r; simpl; rewrite ?(proj2 (proj2 (refund_paid_frame _ s))); auto.
    rewrite (sum_split (bill s (path o)) idle (caps s)).
    change (map _ (caps s)) with (map f (caps s)). unfold f. rewrite (sum_cleared s _ _ idle) by exact M. unfold idle. lia.
  - rewrite C, map_map, (map_ext _ id); auto.
  - intros c I. rewrite C in I. apply in_map_iff in I as (o & <- & I). unfold f.
    destruct (idle o); simpl; auto. split; lia.
  - intros c I K. rewrite C in I. apply in_map_iff in I as (o & <- & I). unfold f in *. destruct (idle o); auto.
  - intros c I E. rewrite C in I, E. apply in_map_iff in I as (o & <- & I).
    rewrite childless_map, Id in E by (intros x; unfold f; now destruct (idle x)).
    unfold f, idle. now rewrite E.
Qed.

Lemma end_members_adjusts l : forall s,
  adjusted (fun r n u => u - sum (fee r n) l) s (fold_left (fun t m => refund (cost_of m) (of m) (weight m) t) l s).
Proof.
  induction l as [|m l IH]; intros s.
  - eapply adjusted_ext; [|apply adjusted_same; reflexivity]. intros r n x. simpl. now rewrite N.sub_0_r.
  - eapply adjusted_ext; [|eapply adjusted_trans; [apply on_account_adjusts|apply (IH (refund (cost_of m) (of m) (weight m) s))]].
    intros r n x. simpl. change (fee r n m) with (if resource_eq r (cost_of m) && ancestor n (of m) then weight m else 0).
    destruct (_ && _); simpl; lia.
Qed.

Lemma end_members_accounted s : accounted s -> settled s -> accounted (end_members s) /\ settled (end_members s).
Proof.
  intros [L D H U] Se. destruct (end_members_caps s) as (C & _ & M).
  assert (Home : forall c, In c (caps s) -> place (end_members s) c = place s c).
  { intros c I. unfold place, home, member_of. rewrite M. f_equal.
    assert (F : forall l, (forall m, In m l -> Nat.eqb (named m) (table (slot c)) = true -> alive s m = true) ->
      find (fun m => Nat.eqb (named m) (table (slot c))) (filter (alive s) l) = find (fun m => Nat.eqb (named m) (table (slot c))) l).
    { induction l as [|m l IH]; simpl; intros A; auto. destruct (alive s m) eqn:Q; simpl.
      - destruct (Nat.eqb _ _); auto.
      - destruct (Nat.eqb (named m) _) eqn:P; auto. rewrite A in Q; auto. discriminate. }
    rewrite F; auto. intros m _ E. unfold alive. apply existsb_exists. exists c. split; auto.
    apply orb_true_iff. right. apply Nat.eqb_eq in E. now apply Nat.eqb_eq. }
  split; [constructor|].
  - intros e r I. unfold end_members in I. destruct (end_members_adjusts _ _ e I) as (o & O & P & _ & A). simpl in O.
    rewrite A, P, (L o r O). destruct r; simpl.
    + rewrite (sum_zero (fee Bytes (path o))), N.sub_0_r, C.
      * symmetry. apply sum_ext. intros c J. unfold bill. now rewrite Home.
      * intros m _. unfold fee, cost_of. destruct (is _ _); reflexivity.
    + rewrite (sum_split _ (alive s) (members s)), M. lia.
    + rewrite (sum_split _ (alive s) (members s)), M. lia.
  - now rewrite C.
  - rewrite C. auto.
  - rewrite C. auto.
  - unfold settled. rewrite C. auto.
Qed.

Lemma finish_accounted s : accounted s -> accounted (finish s) /\ settled (finish s).
Proof.
  intros A. destruct (settle_accounted (sweep (length (caps s)) s)) as [B C]; [now apply sweep_accounted|].
  now apply end_members_accounted.
Qed.

(* Nobody's use grows by what goes. *)
Definition no_dearer (s t : state) : Prop :=
  forall e', In e' (spaces t) -> exists e, In e (spaces s) /\ path e' = path e /\ limit e' = limit e /\
    forall r, amount r (used e') <= amount r (used e).

Lemma adjusted_less h s t : adjusted h s t -> (forall r n u, h r n u <= u) -> no_dearer s t.
Proof.
  intros A H e' I. destruct (A e' I) as (e & ? & ? & ? & U). exists e.
  split; [auto|split; [auto|split; [auto|]]]. intros r. rewrite U. apply H.
Qed.

Lemma no_dearer_refl s t : spaces t = spaces s -> no_dearer s t.
Proof. intros E e I. rewrite E in I. exists e. split; [auto|split; [auto|split; [auto|intros; lia]]]. Qed.

Lemma no_dearer_trans s t u : no_dearer s t -> no_dearer t u -> no_dearer s u.
Proof.
  intros A B e I. destruct (B e I) as (m & M & P & Q & U). destruct (A m M) as (o & O & R & S & V).
  exists o. split; [auto|split; [congruence|split; [congruence|]]]. intros r. specialize (U r). specialize (V r). lia.
Qed.

Lemma keep_no_dearer p s : no_dearer s (keep p s).
Proof.
  apply (adjusted_less _ s (keep p s) (refund_paid_adjusts (filter (fun c => negb (p c)) (caps s)) s)).
  intros []; simpl; intros; lia.
Qed.

Lemma delete_no_dearer d s : no_dearer s (delete d s).
Proof.
  unfold Derivation.delete. destruct (kind_eq _ _).
  - eapply no_dearer_trans; [apply keep_no_dearer|]. exact (keep_no_dearer _ _).
  - exact (keep_no_dearer _ _).
Qed.

Lemma sweep_no_dearer f : forall s, no_dearer s (sweep f s).
Proof.
  induction f as [|f IH]; simpl; intros s; [now apply no_dearer_refl|].
  destruct (find _ _); [|now apply no_dearer_refl]. eapply no_dearer_trans; [apply delete_no_dearer|apply IH].
Qed.

Lemma finish_no_dearer s : no_dearer s (finish s).
Proof.
  unfold finish. set (t := sweep (length (caps s)) s).
  apply no_dearer_trans with t; [apply sweep_no_dearer|]. apply no_dearer_trans with (settle t).
  - apply (adjusted_less _ t (settle t) (refund_paid_adjusts (filter (fun c => childless (caps t) (id c)) (caps t)) t)).
    intros []; simpl; intros; lia.
  - set (u := settle t). set (l := filter (fun m => negb (alive u m)) (members u)).
    apply (adjusted_less _ u (end_members u) (end_members_adjusts l (with_members (filter (alive u) (members u)) u))).
    simpl; intros; lia.
Qed.

(* ---- coming *)

Lemma grown_settled s d t after : well_formed s -> grown s d t after -> settled s -> settled after.
Proof.
  intros W G S c I E. destruct (grown_new _ _ _ _ G c I) as [O|(_ & _ & _ & P)]; auto. apply S; auto.
  unfold childless in *. rewrite forallb_forall in *. intros x X. apply E. now apply (grown_old _ _ _ _ G).
Qed.

(* What changes with each capability that `puts` adds, seen from the accounts. *)
Lemma put_due s put d t first n after i : puts put d t first n -> (i < n)%nat -> grown s d t after ->
  forall m, due Bytes m (put i after) = due Bytes m after.
Proof.
  intros P L G m. destruct (P i after L) as (c & C & _ & _ & _ & _ & _ & _ & _ & Pd & Me). unfold due. rewrite C. simpl.
  assert (Z : bill (put i after) m c = 0) by (unfold bill; rewrite Pd; now destruct (ancestor _ _)).
  rewrite Z. simpl. apply sum_ext. intros x X. unfold bill. f_equal.
  assert (H : place (put i after) x = place after x); [|now rewrite H].
  unfold place, home. destruct Me as [->|(y & Y & ->)]; auto. simpl.
  destruct (fresh _ (grown_well _ _ _ _ G) x X) as (_ & _ & F).
  destruct (Nat.eqb_spec (named y) (table (slot x))); [lia|auto].
Qed.

Lemma put_distinct s put d t first n after i : puts put d t first n -> (i < n)%nat -> grown s d t after ->
  NoDup (map id (caps after)) -> NoDup (map id (caps (put i after))).
Proof.
  intros P L G N. destruct (P i after L) as (c & C & _ & _ & _ & Id & _). rewrite C. simpl. constructor; auto.
  intros I. apply in_map_iff in I as (x & E & X). destruct (fresh _ (grown_well _ _ _ _ G) x X). lia.
Qed.

(* ---- deriving *)

Lemma derive_accounted s actor way d t first m nb o b n g : well_formed s -> accounted s -> settled s ->
  In d (caps s) -> (t < next s)%nat -> all_vacant s t first n = ok ->
  let after := snd (derive s actor way d t first m nb o b n g) in
  accounted after /\ settled after /\ spaces after = spaces s.
Proof.
  intros W A Se I T V. simpl. assert (Stay : accounted s /\ settled s /\ spaces s = spaces s) by auto.
  destruct A as [L D H U]. unfold Operations.derive.
  destruct (kind_eq _ _) as [|Un]; [exact Stay|]. destruct (_ && _); [exact Stay|].
  destruct (part_of d o b n) as [e p] eqn:F. destruct e; try exact Stay.
  destruct (crossing _ _ _ _ _ _ _) as [r|]; [|exact Stay]. simpl. clear Stay.
  set (put := put_derived d t first (N.land m r) nb o p g).
  assert (P : puts put d t first n) by (eapply derived_puts; eauto).
  destruct (each_induct s put d t first n (fun _ after => members after = members s /\
      (forall m, due Bytes m after = due Bytes m s) /\ NoDup (map id (caps after)) /\
      (forall c, In c (caps after) -> In c (caps s) \/ (taken c = 0 /\ paid c = 0))) P W I T (all_vacant_ok s t n first V))
    as [G (M & Du & Di & Ol)].
  - auto.
  - intros i after Li Ga (M & Du & Di & Ol). split; [|split; [|split]].
    + exact M.
    + intros q. rewrite (put_due s put d t first n after i P Li Ga). auto.
    + eapply put_distinct; eauto.
    + intros c [<-|C]; [right; auto|auto].
  - split; [constructor|split; [eapply grown_settled; eauto|apply (grown_spaces _ _ _ _ G)]]; auto.
    + intros e r' E. rewrite (grown_spaces _ _ _ _ G) in E. rewrite (L e r' E). destruct r'; simpl; rewrite ?M; auto.
      symmetry. apply Du.
    + intros c C. destruct (Ol c C) as [C'|[-> ->]]; auto. split; lia.
    + intros c C K. destruct (Ol c C) as [C'|[_ ->]]; auto.
Qed.

Lemma deliver_accounted actor way inbox : forall items s, well_formed s -> accounted s -> settled s ->
  let after := deliver s actor way inbox items in
  accounted after /\ settled after /\ spaces after = spaces s.
Proof.
  induction items as [|[source i] rest IH]; cbn [deliver]; intros s W A Se; auto.
  destruct (at_slot s source) as [d|] eqn:At; auto. apply at_slot_some in At as [D _].
  destruct (vacant s inbox i) eqn:V; auto. assert (T := vacant_known s inbox i W V).
  assert (All : all_vacant s inbox i 1 = ok) by (simpl; now rewrite V).
  assert (C := derive_accounted s actor way d inbox i 255 0 0 0 1 None W A Se D T All).
  assert (H := derive_grows s actor way d inbox i 255 0 0 0 1 None W D T (all_vacant_ok s inbox 1 i All)). simpl in H.
  destruct (derive _ _ _ _ _ _ _ _ _ _ _ _) as [e t]. simpl in C, H. destruct C as (C1 & C2 & C3).
  destruct e; auto. rewrite <- C3. apply IH; auto. destruct H as [->|(Gr & _)]; [auto|apply Gr].
Qed.

(* ---- retype *)

Lemma align_up_more x u : 0 < u -> x <= align_up x u.
Proof.
  intros P. unfold align_up. pose proof (N.div_mod (x + u - 1) u ltac:(lia)).
  pose proof (N.mod_lt (x + u - 1) u ltac:(lia)). lia.
Qed.

Lemma bytes_positive k bits b : bytes_of k bits = Some b -> 0 < b.
Proof.
  unfold bytes_of. assert (0 < 2 ^ bits) by (apply N.neq_0_lt_0, N.pow_nonzero; lia).
  remember (2 ^ bits) as q. intros E.
  destruct k; try destruct (_ && _); try discriminate;
    match type of E with Some ?v = _ => assert (v = b) by congruence end; lia.
Qed.

Definition price (r : resource) (m : namespace) (k : kind) (bits : N) (owner : namespace) (n : N) : N :=
  if is_member k && resource_eq r (cost_name k) && ancestor m owner then weight_of k bits * n else 0.

Lemma retyped_due s u k bits n t first b : well_formed s -> In u (caps s) -> what u = Untyped -> (t < next s)%nat ->
  all_vacant s t first n = ok -> align_up (taken u) b + b * N.of_nat n <= size u ->
  accounted s ->
  let after := retyped s u k bits n t first b in
  (forall r m, due r m after = due r m s + price r m k bits (home s t) (N.of_nat n)) /\
  NoDup (map id (caps after)) /\
  (forall c, In c (caps after) -> In c (caps s) \/ (what c = k /\ taken c = 0 /\ paid c = 0)) /\
  (n <> 0%nat -> childless (caps after) (id u) = false).
Proof.
  intros W I U T V F A. simpl. unfold retyped. set (put := put_made u k bits (align_up (taken u) b) b t first).
  assert (P : puts put u t first n) by (apply made_puts; auto).
  destruct (each_induct s put u t first n (fun j after =>
      (forall r m, due r m after = due r m s + price r m k bits (home s t) (N.of_nat j)) /\
      NoDup (map id (caps after)) /\
      (forall c, In c (caps after) -> In c (caps s) \/ (what c = k /\ taken c = 0 /\ paid c = 0)) /\
      (j <> 0%nat -> childless (caps after) (id u) = false)) P W I T (all_vacant_ok s t n first V)) as [_ H]; auto.
  - split; [|split; [apply (distinct s A)|split; [auto|easy]]].
    intros r m. unfold price. destruct (_ && _); simpl; lia.
  - intros i after Li Ga (Du & Di & Ol & Ch).
    assert (En : caps (put i after) = made u k (align_up (taken u) b) b t first i (next (enroll k bits (home after t) after)) :: caps after).
    { unfold put, put_made, add. simpl. unfold enroll. now destruct (is_member k). }
    split; [|split; [|split]].
    + intros r m.
      assert (E : due r m (put i after) = due r m after + price r m k bits (home s t) 1).
      { destruct r.
        - rewrite (put_due s put u t first n after i P Li Ga). unfold price. unfold cost_name.
          destruct (is k Table); rewrite andb_false_r; simpl; lia.
        - unfold due, put, put_made, add, enroll, price. rewrite (grown_home _ _ _ _ Ga t T).
          destruct (is_member k); simpl; [|lia]. unfold fee at 1, cost_of, cost_name; simpl.
          destruct (is k Table); simpl; [destruct (ancestor m (home s t)); lia|lia].
        - unfold due, put, put_made, add, enroll, price. rewrite (grown_home _ _ _ _ Ga t T).
          destruct (is_member k); simpl; [|lia]. unfold fee at 1, cost_of, cost_name; simpl.
          destruct (is k Table); simpl; [lia|destruct (ancestor m (home s t)); lia]. }
      rewrite E, Du. unfold price. destruct (_ && _); lia.
    + eapply put_distinct; eauto.
    + rewrite En. intros c [<-|C]; [right; auto|auto].
    + intros _. rewrite En. unfold childless. simpl. unfold child_of at 1. simpl. now rewrite Nat.eqb_refl.
Qed.

Lemma retype_accounted s actor u k bits n t first b : well_formed s -> accounted s -> settled s -> In u (caps s) ->
  what u = Untyped -> (t < next s)%nat -> bytes_of k bits = Some b -> n <> 0%nat ->
  let after := snd (retype s actor u k bits n t first b) in
  accounted after /\ settled after.
Proof.
  intros W A Se I U T By Nz. simpl.
  destruct (retype_cases s actor u k bits n t first b) as [->|(V & F & _ & _ & _ & ->)]; auto.
  destruct (retyped_due s u k bits n t first b W I U T V F A) as (Du & Di & Ol & Ch).
  pose proof (retyped_grows s u k bits n t first b W I U T V F) as G.
  set (r := retyped s u k bits n t first b) in *. clearbody r.
  set (len := b * N.of_nat n) in *. set (paying := if is k Untyped then 0 else len).
  set (costs := if is_member k then weight_of k bits * N.of_nat n else 0).
  set (st := align_up (taken u) b) in *.
  set (f := fun c => if Nat.eqb (id c) (id u) then with_account (st + len) (paid u + paying) c else c).
  assert (Iu : In u (caps r)) by (apply (grown_old _ _ _ _ G), I).
  assert (Old : forall c, In c (caps r) -> id c = id u -> c = u) by (intros; apply (one_id _ (grown_well _ _ _ _ G)); auto).
  assert (Pl : forall c, place r c = home r (table (slot c))) by reflexivity.
  assert (Pu : place r u = place s u).
  { unfold place. apply (grown_home _ _ _ _ G). now apply (fresh s W). }
  assert (Sh : paid u <= taken u /\ taken u <= st).
  { split; [now apply (handed s A)|]. apply align_up_more. eapply bytes_positive; eauto. }
  assert (Pay : paying <= len) by (unfold paying; destruct (is k Untyped); lia).
  destruct A as [L D H On]. split; [constructor|].
  - intros e' q E. unfold charge at 1 in E. destruct (on_account_adjusts Bytes (place s u) (fun x => x + paying)
      (charge (cost_name k) (home s t) costs (account_of (id u) (st + len) (paid u + paying) r)) e' E) as (e & E1 & P1 & _ & A1).
    destruct (on_account_adjusts (cost_name k) (home s t) (fun x => x + costs) (account_of (id u) (st + len) (paid u + paying) r) e E1)
      as (o & E2 & P2 & _ & A2). simpl in E2. rewrite (grown_spaces _ _ _ _ G) in E2.
    rewrite A1, A2, P1, P2, (L o q E2). specialize (Du q (path o)). unfold price in Du.
    assert (X : resource_eq Bytes (cost_name k) = false) by (unfold cost_name; now destruct (is k Table)).
    destruct q.
    + rewrite X, andb_false_r in *. unfold due in *. simpl andb in *. cbv iota in *. simpl caps. rewrite sum_map.
      rewrite (sum_change (bill r (path o)) _ (caps r) u (if ancestor (path o) (place s u) then paying else 0)); auto.
      * rewrite Du. simpl. destruct (ancestor (path o) (place s u)); lia.
      * intros c C N. destruct (Nat.eqb_spec (id c) (id u)); [easy|reflexivity].
      * rewrite Nat.eqb_refl. unfold bill.
        change (place _ (with_account (st + len) (paid u + paying) u)) with (place r u). rewrite Pu. simpl.
        destruct (ancestor (path o) (place s u)); lia.
    + simpl in *. rewrite Du. unfold costs, cost_name. destruct (is_member k), (is k Table), (ancestor (path o) (home s t)); simpl; lia.
    + simpl in *. rewrite Du. unfold costs, cost_name. destruct (is_member k), (is k Table), (ancestor (path o) (home s t)); simpl; lia.
  - simpl. rewrite map_map, (map_ext _ id); auto. intros c. destruct (Nat.eqb _ _); auto.
  - simpl. intros c C. apply in_map_iff in C as (o & <- & C). destruct (Nat.eqb_spec (id o) (id u)) as [E|E].
    + rewrite (Old o C E). simpl. split; [lia|exact F].
    + destruct (Ol o C) as [O|(_ & -> & ->)]; auto. split; lia.
  - simpl. intros c C K. apply in_map_iff in C as (o & <- & C). destruct (Nat.eqb_spec (id o) (id u)) as [E|E].
    + exfalso. apply K. rewrite (Old o C E). exact U.
    + destruct (Ol o C) as [O|(_ & _ & ->)]; auto.
  - intros c C E. simpl in C, E. rewrite childless_map in E by (intros x; now destruct (Nat.eqb _ _)).
    apply in_map_iff in C as (o & <- & C).
    assert (Io : id (if Nat.eqb (id o) (id u) then with_account (st + len) (paid u + paying) o else o) = id o)
      by now destruct (Nat.eqb _ _). rewrite Io in E.
    destruct (Nat.eqb_spec (id o) (id u)) as [Q|Q]; [rewrite Q, Ch in E; easy|].
    now apply (grown_settled s u t r W G Se).
Qed.

(* ---- changing place *)

Ltac no_matter := match goal with |- (if ?x then _ else _) = (if ?y then _ else _) => destruct x, y; reflexivity end.

Lemma relocate_accounted a b s : accounted s -> settled s ->
  (forall c, In c (caps s) -> slot c = a -> paid c = 0 \/ home s (table a) = home s (table b)) ->
  (forall c, In c (caps s) -> slot c = b -> paid c = 0 \/ home s (table a) = home s (table b)) ->
  accounted (relocate a b s) /\ settled (relocate a b s).
Proof.
  intros A Se Ha Hb. unfold Derivation.relocate. split.
  - eapply (map_accounted (fun c => with_slot (exchange a b (slot c)) c) s); auto.
    intros c I. simpl. do 5 (split; [auto|]). intros n. unfold bill, place, exchange. simpl.
    destruct (slot_eq (slot c) a) eqn:E; [|destruct (slot_eq (slot c) b) eqn:E'].
    + apply slot_eq_true in E. rewrite E. destruct (Ha c I E) as [->|Q]; [no_matter|].
      unfold home in *. simpl. now rewrite Q.
    + apply slot_eq_true in E'. rewrite E'. destruct (Hb c I E') as [->|Q]; [no_matter|].
      unfold home in *. simpl. now rewrite Q.
    + reflexivity.
  - intros c I E. simpl in *. rewrite childless_map in E by auto. apply in_map_iff in I as (o & <- & I). exact (Se o I E).
Qed.

Lemma may_move_free s actor c to : accounted s -> settled s -> In c (caps s) -> may_move s actor c to = true ->
  paid c = 0 \/ place s c = to.
Proof.
  unfold Operations.may_move, same. intros A Se I M. apply orb_true_iff in M as [M|M].
  - destruct (list_eq_dec _ _ _); [auto|discriminate].
  - left. apply andb_true_iff in M as [M _]. apply orb_true_iff in M as [M|M]; [|now apply Se].
    apply (only_untyped s A); auto. intros K. apply is_true in K. rewrite K in M. discriminate.
Qed.

(* ---- the step *)

Theorem step_is_accounted s actor o : well_formed s -> accounted s -> settled s ->
  accounted (snd (step s actor o)) /\ settled (snd (step s actor o)).
Proof.
  intros W A Se.
  assert (Kn := fun x t => table_known s x t W).
  assert (Here := fun x c (H : at_slot s x = Some c) => proj1 (at_slot_some s x c H)).
  assert (Only := fun x c (H : at_slot s x = Some c) => proj2 (at_slot_some s x c H)).
  assert (One : forall x c d, at_slot s x = Some c -> In d (caps s) -> slot d = x -> d = c).
  { intros x c d H I E. apply (one_slot s W); eauto. now rewrite (Only x c H). }
  assert (Der : forall way d t first m nb q b n g, In d (caps s) -> (t < next s)%nat -> all_vacant s t first n = ok ->
    accounted (snd (derive s actor way d t first m nb q b n g)) /\ settled (snd (derive s actor way d t first m nb q b n g))).
  { intros. destruct (derive_accounted s actor way d t first m nb q b n g) as (? & ? & _); auto. }
  assert (Set_ : forall n f, (forall e, path (f e) = path e /\ used (f e) = used e) ->
    accounted (set_space n f s) /\ settled (set_space n f s)).
  { intros n f F. destruct A as [L D H U]. split; [constructor|]; auto.
    intros e r I. unfold set_space in I. simpl in I. apply in_map_iff in I as (x & <- & I).
    destruct (same (path x) n); [destruct (F x) as [-> ->]|]; now apply L. }
  destruct o; simpl.
  - destruct (at_slot s untyped) as [u|] eqn:At; auto.
    destruct (is (what u) Untyped) eqn:U; simpl; auto. apply is_true in U.
    destruct (has _ _); simpl; auto. destruct (Nat.eqb_spec count 0); simpl; auto. destruct (Nat.ltb _ _); simpl; auto.
    destruct (bytes_of k bits) as [b|] eqn:By; auto.
    destruct (table_at s into) as [e t] eqn:T. destruct e; auto.
    apply retype_accounted; eauto.
  - look. eauto.
  - look. apply Der; eauto. simpl. now rewrite V.
  - look. apply relocate_accounted; auto; intros x X E.
    + rewrite (one_slot s W x c X (Here _ _ A0) E) in *. eapply may_move_free; eauto.
    + exfalso. apply vacant_ok in V. eapply at_slot_none; eauto.
  - look. match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [M1 M2] end.
    apply relocate_accounted; auto; intros x X E.
    + rewrite (one_slot s W x c X (Here _ _ A0) E) in *.
      destruct (may_move_free s actor c _ A Se (Here _ _ A0) M1) as [|Q]; auto. right.
      match goal with H : at_slot s {| table := _; index := _ |} = Some ?d |- _ => rewrite (Only _ _ H) end. exact Q.
    + match goal with H : at_slot s {| table := _; index := _ |} = Some ?d |- _ =>
        rewrite (one_slot s W x d X (Here _ _ H) E) in *; destruct (may_move_free s actor d _ A Se (Here _ _ H) M2) as [|Q]; auto end.
  - look. now apply finish_accounted, delete_accounted.
  - look. now apply finish_accounted, keep_accounted.
  - look. destruct (deliver_accounted actor (gate c) inbox items s W A Se) as (? & ? & _). auto.
  - apply Set_. auto.
  - apply Set_. auto.
Qed.

(* Rule 4. However a state was reached: what each namespace has used is what its
   Untypeds and members, with those of the namespaces below, were charged for; and
   none hands out more memory than it has. *)
Theorem accounting l : forall s, well_formed s -> accounted s -> settled s -> accounted (run s l) /\ settled (run s l).
Proof.
  induction l as [|[a o] l IH]; simpl; intros s W A Se; auto.
  destruct (step_is_accounted s a o W A Se). apply IH; auto. now apply step_keeps.
Qed.

(* A namespace in which nothing is left has used nothing. *)
Theorem empty_costs_nothing s l e r : well_formed s -> accounted s -> settled s -> In e (spaces (run s l)) ->
  (forall c, In c (caps (run s l)) -> ancestor (path e) (place (run s l) c) = false) ->
  (forall m, In m (members (run s l)) -> ancestor (path e) (of m) = false) ->
  amount r (used e) = 0.
Proof.
  intros W A Se I C M. destruct (accounting l s W A Se) as [[L _ _ _] _]. rewrite (L e r I).
  destruct r; simpl; apply sum_zero; intros x X; unfold bill, fee; rewrite ?(C x), ?(M x), ?andb_false_r; auto.
Qed.

(* No operation takes a namespace, or one above it, beyond its limit: after it, what
   one has used is within the limit or no more than before. *)
Theorem limits_hold s actor o : well_formed s -> forall e', In e' (spaces (snd (step s actor o))) ->
  exists e, In e (spaces s) /\ path e' = path e /\
    forall r, amount r (used e') <= amount r (used e) \/ amount r (used e') <= amount r (limit e').
Proof.
  intros W e' I.
  assert (No : forall t, no_dearer s t -> In e' (spaces t) -> exists e, In e (spaces s) /\ path e' = path e /\
    forall r, amount r (used e') <= amount r (used e) \/ amount r (used e') <= amount r (limit e')).
  { intros t N J. destruct (N e' J) as (e & ? & ? & _ & U). exists e. split; [auto|split; auto]. }
  assert (Kn := fun x t => table_known s x t W).
  assert (Here := fun x c (H : at_slot s x = Some c) => proj1 (at_slot_some s x c H)).
  assert (Der : forall way d t first m nb q b n g, In d (caps s) -> (t < next s)%nat -> all_vacant s t first n = ok ->
    spaces (snd (derive s actor way d t first m nb q b n g)) = spaces s).
  { intros way d t first m nb q b n g D T V.
    destruct (derive_grows s actor way d t first m nb q b n g W D T (all_vacant_ok s t n first V)) as [->|(G & _)]; auto.
    apply G. }
  assert (Same : forall t, spaces t = spaces s -> In e' (spaces t) -> exists e, In e (spaces s) /\ path e' = path e /\
    forall r, amount r (used e') <= amount r (used e) \/ amount r (used e') <= amount r (limit e'))
    by (intros t E; apply No, no_dearer_refl, E).
  revert I. destruct o; simpl.
  - destruct (at_slot s untyped) as [u|] eqn:At; [|now apply Same].
    destruct (is (what u) Untyped) eqn:U; simpl; [|now apply Same]. apply is_true in U.
    destruct (has _ _); simpl; [|now apply Same]. destruct (_ || _); simpl; [now apply Same|].
    destruct (bytes_of k bits) as [b|]; [|now apply Same].
    destruct (table_at s into) as [e t] eqn:T. destruct e; try now apply Same.
    destruct (retype_cases s actor u k bits count t first b) as [->|(V & F & _ & Af1 & Af2 & ->)]; [now apply Same|].
    pose proof (retyped_grows s u k bits count t first b W (Here _ _ At) U (Kn _ _ T) V F) as G. intros I.
    unfold charge at 1 in I. destruct (on_account_adjusts Bytes _ _ _ e' I) as (e & E1 & P1 & L1 & A1).
    destruct (on_account_adjusts (cost_name k) _ _ _ e E1) as (o & E2 & P2 & L2 & A2).
    simpl in E2. rewrite (grown_spaces _ _ _ _ G) in E2. exists o. split; [auto|split; [congruence|]].
    intros q. rewrite A1, A2, P2, L1, L2.
    unfold affordable in Af1, Af2. rewrite forallb_forall in Af1, Af2. specialize (Af1 o E2). specialize (Af2 o E2).
    rewrite !orb_true_iff, negb_true_iff, N.eqb_eq, N.leb_le in Af1, Af2.
    destruct (resource_eq q Bytes) eqn:Q1.
    + destruct q; try discriminate.
      replace (resource_eq Bytes (cost_name k)) with false by (unfold cost_name; now destruct (is k Table)). simpl.
      destruct (ancestor (path o) (place s u)); simpl; [|left; lia]. simpl in Af1. destruct Af1 as [[Af1|Af1]|Af1]; [congruence|left; rewrite Af1; lia|now right].
    + simpl. destruct (resource_eq q (cost_name k)) eqn:Q2; simpl; [|left; lia].
      assert (q = cost_name k) by (destruct q, (cost_name k); congruence || discriminate || auto). subst q.
      destruct (ancestor (path o) (home s t)); [|left; lia]. destruct Af2 as [[Af2|Af2]|Af2]; [congruence|left; rewrite Af2; lia|now right].
  - look; intros; try (apply (Same s); auto; fail). eapply Same; [|eassumption]. apply Der; eauto.
  - look; intros; try (apply (Same s); auto; fail). eapply Same; [|eassumption]. apply Der; eauto. simpl. now rewrite V.
  - look; intros; try (apply (Same s); auto; fail).
  - look; intros; try (apply (Same s); auto; fail).
  - look; intros; try (apply (Same s); auto; fail).
    eapply No; [|eassumption]. eapply no_dearer_trans; [apply delete_no_dearer|apply finish_no_dearer].
  - look; intros; try (apply (Same s); auto; fail).
    eapply No; [|eassumption]. eapply no_dearer_trans; [apply keep_no_dearer|apply finish_no_dearer].
  - look; intros; try (apply (Same s); auto; fail). eapply Same; [|eassumption].
    assert (S : forall items s, well_formed s -> spaces (deliver s actor (gate c) inbox items) = spaces s).
    { clear. induction items as [|[source i] rest IH]; cbn [deliver]; intros s W; auto.
      destruct (at_slot s source) as [d|] eqn:At; auto. apply at_slot_some in At as [D _].
      destruct (vacant s inbox i) eqn:V; auto. assert (T := vacant_known s inbox i W V).
      assert (All : all_vacant s inbox i 1 = ok) by (simpl; now rewrite V).
      assert (H := derive_grows s actor (gate c) d inbox i 255 0 0 0 1 None W D T (all_vacant_ok s inbox 1 i All)). simpl in H.
      destruct (derive _ _ _ _ _ _ _ _ _ _ _ _) as [e t]. simpl in H. destruct e; auto.
      destruct H as [->|(Gr & _)]; [now apply IH|]. rewrite IH; apply Gr. }
    now apply S.
  - intros I. unfold set_space in I. simpl in I. apply in_map_iff in I as (x & <- & I). exists x. split; auto.
    destruct (same _ _); simpl; split; auto; intros r; left; lia.
  - intros I. unfold set_space in I. simpl in I. apply in_map_iff in I as (x & <- & I). exists x. split; auto.
    destruct (same _ _); simpl; split; auto; intros r; left; lia.
Qed.

Print Assumptions accounting.
Print Assumptions empty_costs_nothing.
Print Assumptions limits_hold.
