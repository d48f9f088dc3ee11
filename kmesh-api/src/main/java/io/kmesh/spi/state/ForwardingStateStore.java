// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A base for wrappers of a state store: every call goes to the one behind it. */
public abstract class ForwardingStateStore implements StateStore {
  /** For subclasses. */
  protected ForwardingStateStore() {}

  /** The store behind this one. */
  protected abstract StateStore delegate();

  @Override
  public String description() {
    return delegate().description();
  }

  @Override
  public Optional<StateRecord> find(RecordKey key) throws IOException {
    return delegate().find(key);
  }

  @Override
  public List<StateRecord> findAll(List<RecordKey> keys) throws IOException {
    return delegate().findAll(keys);
  }

  @Override
  public List<StateRecord> scan(String kind, String idPrefix, String afterId, int limit)
      throws IOException {
    return delegate().scan(kind, idPrefix, afterId, limit);
  }

  @Override
  public long count(String kind, String idPrefix) throws IOException {
    return delegate().count(kind, idPrefix);
  }

  @Override
  public void apply(List<StateChange> changes) throws IOException {
    delegate().apply(changes);
  }

  @Override
  public long append(String owner, String subject, String type, String detail) throws IOException {
    return delegate().append(owner, subject, type, detail);
  }

  @Override
  public List<StateEvent> events(long afterSequence, int limit) throws IOException {
    return delegate().events(afterSequence, limit);
  }

  @Override
  public Optional<Lease> acquire(String name, String holder, Duration timeToLive)
      throws IOException {
    return delegate().acquire(name, holder, timeToLive);
  }

  @Override
  public void release(Lease lease) throws IOException {
    delegate().release(lease);
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }
}
