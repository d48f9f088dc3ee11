// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Progress;
import io.kmesh.SpecConflictException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The durable record of every operation. A call that returned is durable. Operations that have
 * ended are kept apart from those that have not, so that opening a state reads only the latter.
 * Thread-safe.
 */
public final class OperationJournal {
  /** The kind of operations that have not ended. */
  static final String OPEN = "operation";

  /** The kind of operations that have ended. */
  static final String ENDED = "operation.ended";

  private static final int PAGE = 1000;

  private final StateStore state;
  private final KmeshTime time;
  private final OperationIds ids;

  /**
   * A journal over a state.
   *
   * @param random where the unguessable part of ids comes from
   */
  public OperationJournal(StateStore state, KmeshTime time, RandomGenerator random) {
    this.state = state;
    this.time = time;
    this.ids = new OperationIds(time, random);
  }

  private record Stored(OperationRecord operation, RecordKey key, long version) {}

  /** Changes a record, or leaves it by returning the same. */
  private interface Change {
    OperationRecord of(OperationRecord old, Instant now) throws IOException;
  }

  /**
   * Accepts an operation under a new id.
   *
   * @param owner the tenant
   */
  public OperationRecord create(String type, ObjectNode spec, String owner) throws IOException {
    return create(type, spec, owner, id -> List.of());
  }

  /**
   * Accepts an operation under a new id, in one commit with other changes.
   *
   * @param owner the tenant
   * @param with gives the other changes for the id
   * @throws StateConflictException when one of those conflicts; nothing is accepted then
   */
  public OperationRecord create(
      String type, ObjectNode spec, String owner, Function<OperationId, List<StateChange>> with)
      throws IOException {
    while (true) {
      OperationId id = ids.next();
      try {
        return create(id, type, spec, owner, with.apply(id));
      } catch (StateConflictException e) {
        if (!e.key().kind().equals(OPEN) && !e.key().kind().equals(ENDED)) {
          throw e;
        }
        continue; // the id was taken, which chance allows: the next one
      }
    }
  }

  private OperationRecord create(
      OperationId id, String type, ObjectNode spec, String owner, List<StateChange> with)
      throws IOException {
    Instant now = time.now();
    OperationRecord operation =
        new OperationRecord(
            id,
            type,
            owner,
            OperationState.PENDING,
            false,
            0,
            spec,
            Progress.NONE,
            null,
            null,
            now,
            now);
    List<StateChange> changes = new ArrayList<>(with);
    changes.add(put(new RecordKey(OPEN, id.value()), operation, StateChange.ABSENT));
    // Conflicts when an ended operation has the id; else it does nothing.
    changes.add(new StateChange.Delete(new RecordKey(ENDED, id.value()), StateChange.ABSENT));
    state.apply(changes);
    return operation;
  }

  /**
   * Accepts an operation under a given id, or gives the one that has it.
   *
   * @throws SpecConflictException when that one has another type or specification
   */
  public OperationRecord ensure(OperationId id, String type, ObjectNode spec, String owner)
      throws IOException {
    while (true) {
      Optional<OperationRecord> existing = find(id);
      if (existing.isPresent()) {
        requireSame(existing.get(), type, spec);
        return existing.get();
      }
      try {
        return create(id, type, spec, owner, List.of());
      } catch (StateConflictException e) {
        continue; // another thread was faster: look at what it wrote
      }
    }
  }

  private static void requireSame(OperationRecord existing, String type, ObjectNode spec) {
    List<String> fields = new ArrayList<>();
    if (!existing.type().equals(type)) {
      fields.add("type");
    }
    fields.addAll(SpecDifference.between(existing.spec(), spec));
    if (!fields.isEmpty()) {
      throw new SpecConflictException(
          "Cannot start the operation "
              + existing.id()
              + ": one of that id exists, and these"
              + " fields differ: "
              + String.join(", ", fields)
              + ". Use another id, or the same specification.",
          fields);
    }
  }

  /** The operation of an id. */
  public Optional<OperationRecord> find(OperationId id) throws IOException {
    return stored(id).map(Stored::operation);
  }

  private Optional<Stored> stored(OperationId id) throws IOException {
    List<StateRecord> found =
        state.findAll(List.of(new RecordKey(OPEN, id.value()), new RecordKey(ENDED, id.value())));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    StateRecord record = found.get(0);
    return Optional.of(new Stored(decode(record), record.key(), record.version()));
  }

  private static OperationRecord decode(StateRecord record) throws ProviderException {
    return OperationCodec.decode(
        record.key().id(), record.owner(), record.format(), record.payload());
  }

  /**
   * The operations in some states, oldest first.
   *
   * @param states the states
   * @param type only this type; empty for all
   * @param after only ids behind it; empty from the first
   * @param limit the most, 1 to 10,000
   */
  public List<OperationRecord> list(
      Set<OperationState> states, String type, String after, int limit) throws IOException {
    List<OperationRecord> found = new ArrayList<>();
    if (states.stream().anyMatch(s -> !s.isEnded())) {
      collect(OPEN, states, type, after, limit, found);
    }
    if (states.stream().anyMatch(OperationState::isEnded)) {
      collect(ENDED, states, type, after, limit, found);
    }
    found.sort((a, b) -> a.id().value().compareTo(b.id().value()));
    return found.size() > limit ? List.copyOf(found.subList(0, limit)) : found;
  }

  private void collect(
      String kind,
      Set<OperationState> states,
      String type,
      String after,
      int limit,
      List<OperationRecord> into)
      throws IOException {
    int left = limit;
    String from = after;
    while (left > 0) {
      List<StateRecord> page = state.scan(kind, "", from, PAGE);
      for (StateRecord record : page) {
        OperationRecord operation = decode(record);
        boolean isWanted =
            states.contains(operation.state()) && (type.isEmpty() || type.equals(operation.type()));
        if (isWanted && left > 0) {
          into.add(operation);
          left--;
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      from = page.get(PAGE - 1).key().id();
    }
  }

  /**
   * The specifications of the operations of a type that may run still: those that have not ended,
   * and those of unknown outcome.
   */
  public List<ObjectNode> unfinished(String type) throws IOException {
    List<ObjectNode> specs = new ArrayList<>();
    for (String kind : List.of(OPEN, ENDED)) {
      String from = "";
      List<StateRecord> page;
      do {
        page = state.scan(kind, "", from, PAGE);
        for (StateRecord record : page) {
          OperationRecord operation = decode(record);
          boolean mayRun =
              !operation.state().isEnded() || operation.state() == OperationState.OUTCOME_UNKNOWN;
          if (mayRun && operation.type().equals(type)) {
            specs.add(operation.spec());
          }
          from = record.key().id();
        }
      } while (page.size() == PAGE);
    }
    return specs;
  }

  /** A page of ids of operations that have not ended, oldest first, unreadable ones too. */
  List<OperationId> openIds(String after, int limit) throws IOException {
    return state.scan(OPEN, "", after, limit).stream()
        .map(record -> new OperationId(record.key().id()))
        .toList();
  }

  /**
   * Notes that work begins: for the first time, again after a crash or a parking, or to settle an
   * unknown outcome.
   */
  public OperationRecord markRunning(OperationId id) throws IOException {
    return change(
        id,
        (old, now) -> {
          if (old.state().isEnded() && old.state() != OperationState.OUTCOME_UNKNOWN) {
            throw ended(old, "begin");
          }
          return old.begun(now);
        });
  }

  /** Writes how far it is. Each call is a commit: call it seldom. */
  public OperationRecord progress(OperationId id, Progress progress) throws IOException {
    return change(
        id, (old, now) -> old.state().isEnded() ? old : old.with(old.state(), progress, now));
  }

  /** Asks it to stop, durably; an ended operation is left as it is. */
  public OperationRecord requestCancel(OperationId id) throws IOException {
    return change(
        id,
        (old, now) ->
            old.state().isEnded() || old.isCancelRequested() ? old : old.cancelRequested(now));
  }

  /** Notes that it stopped and is to be resumed. */
  public OperationRecord park(OperationId id, Progress progress) throws IOException {
    return change(
        id,
        (old, now) -> old.state().isEnded() ? old : old.with(OperationState.PARKED, progress, now));
  }

  /** Ends it with its result. */
  public OperationRecord succeed(OperationId id, ObjectNode result, Progress progress)
      throws IOException {
    return change(
        id,
        (old, now) -> {
          requireNotEnded(old);
          return old.succeeded(result, progress, now);
        });
  }

  /** Ends it without a result. */
  public OperationRecord fail(OperationId id, OperationError error, Progress progress)
      throws IOException {
    return end(id, OperationState.FAILED, error, progress);
  }

  /** Ends it as cancelled. */
  public OperationRecord cancelled(OperationId id, OperationError error, Progress progress)
      throws IOException {
    return end(id, OperationState.CANCELLED, error, progress);
  }

  /** Ends it without knowing whether it took effect. */
  public OperationRecord outcomeUnknown(OperationId id, OperationError error, Progress progress)
      throws IOException {
    return end(id, OperationState.OUTCOME_UNKNOWN, error, progress);
  }

  private OperationRecord end(
      OperationId id, OperationState ended, OperationError error, Progress progress)
      throws IOException {
    return change(
        id,
        (old, now) -> {
          requireNotEnded(old);
          return old.ended(ended, error, progress, now);
        });
  }

  private static void requireNotEnded(OperationRecord old) throws ProviderException {
    if (old.state().isEnded() && old.state() != OperationState.OUTCOME_UNKNOWN) {
      throw ended(old, "end");
    }
  }

  private static ProviderException ended(OperationRecord old, String verb) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot "
            + verb
            + " the operation "
            + old.id()
            + ": it ended as "
            + old.state()
            + " at "
            + old.updated()
            + ". Start a new one.");
  }

  /** The intents of an operation. */
  public IntentLog intents(OperationId id, String owner) {
    return new IntentLog(state, id, owner);
  }

  /**
   * Forgets operations that ended before a time and are not of unknown outcome. One that this build
   * can't read stays.
   *
   * @return how many
   */
  public long forgetEndedBefore(Instant before) throws IOException {
    long forgotten = 0;
    String from = "";
    while (true) {
      List<StateRecord> page = state.scan(ENDED, "", from, PAGE);
      List<StateChange> deletes = new ArrayList<>();
      for (StateRecord record : page) {
        if (isForgettable(record, before)) {
          deletes.add(new StateChange.Delete(record.key(), StateChange.ANY));
        }
      }
      if (!deletes.isEmpty()) {
        state.apply(deletes);
      }
      forgotten += deletes.size();
      if (page.size() < PAGE) {
        return forgotten;
      }
      from = page.get(PAGE - 1).key().id();
    }
  }

  private static boolean isForgettable(StateRecord record, Instant before) {
    try {
      OperationRecord operation = decode(record);
      return operation.state() != OperationState.OUTCOME_UNKNOWN
          && operation.updated().isBefore(before);
    } catch (ProviderException e) {
      return false;
    }
  }

  @SuppressWarnings("ReferenceEquality") // a change that changes nothing gives the same object back
  private OperationRecord change(OperationId id, Change change) throws IOException {
    while (true) {
      Stored old =
          stored(id)
              .orElseThrow(
                  () ->
                      new ProviderException(
                          ErrorKind.NOT_FOUND,
                          "Cannot change the operation "
                              + id
                              + ": the state holds none of that id. Open the state that it was"
                              + " started with."));
      OperationRecord changed = change.of(old.operation(), time.now());
      if (changed == old.operation()) {
        return changed;
      }
      try {
        state.apply(changes(old, changed));
        return changed;
      } catch (StateConflictException e) {
        continue; // another thread changed it meanwhile: look again
      }
    }
  }

  private static List<StateChange> changes(Stored old, OperationRecord changed) {
    String kind = changed.state().isEnded() ? ENDED : OPEN;
    RecordKey key = new RecordKey(kind, changed.id().value());
    if (key.equals(old.key())) {
      return List.of(put(key, changed, old.version()));
    }
    return List.of(
        new StateChange.Delete(old.key(), old.version()), put(key, changed, StateChange.ABSENT));
  }

  private static StateChange put(RecordKey key, OperationRecord operation, long expectedVersion) {
    return new StateChange.Put(
        key,
        operation.owner(),
        OperationCodec.FORMAT,
        OperationCodec.encode(operation),
        expectedVersion);
  }
}
