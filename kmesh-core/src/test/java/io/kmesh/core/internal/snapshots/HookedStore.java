// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A store that tells of each call before it, so that a test does something there. */
public final class HookedStore extends ForwardingObjectStore {
  private final ObjectStore real;
  private final Hook hook;

  /** Takes calls. */
  public interface Hook {
    /**
     * Before a call.
     *
     * @param operation its name
     * @param key what it is about
     */
    void before(String operation, String key);
  }

  /** A store that tells a hook. */
  public HookedStore(ObjectStore real, Hook hook) {
    this.real = real;
    this.hook = hook;
  }

  @Override
  protected ObjectStore delegate() {
    return real;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    hook.before("put", key);
    return real.put(key, body, options);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    hook.before("read", key);
    return real.read(key, offset, length, condition);
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    hook.before("head", key);
    return real.head(key);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    hook.before("list", request.prefix());
    return real.list(request);
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    hook.before("delete", targets.isEmpty() ? "" : targets.get(0).key());
    return real.delete(targets);
  }

  /** Does something once, before the first put of a key with this text. */
  public static HookedStore beforePut(ObjectStore real, String text, Act act) {
    return new HookedStore(
        real,
        new Hook() {
          private boolean isDone;

          @Override
          public void before(String operation, String key) {
            if (!isDone && operation.equals("put") && key.contains(text)) {
              isDone = true;
              try {
                act.run();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            }
          }
        });
  }

  /** What a test does. */
  public interface Act {
    /** Does it. */
    void run() throws Exception;
  }
}
