// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Ends the process at one of the mutations of a store and a state: before it, or after it took
 * effect; or only loses the reply of it. Mutations count from 1 over both.
 */
final class Doom {
  /** What happens at the chosen mutation. */
  enum Fate {
    DIE_BEFORE,
    DIE_AFTER,
    LOSE_REPLY
  }

  /** The process has ended. */
  static final class Death extends Error {
    private static final long serialVersionUID = 1L;

    Death() {
      super("the process has ended");
    }
  }

  private final int at;
  private final Fate fate;
  private int count;
  private boolean isDead;

  Doom(int at, Fate fate) {
    this.at = at;
    this.fate = fate;
  }

  /** The mutations so far. */
  synchronized int count() {
    return count;
  }

  private synchronized boolean step() {
    if (isDead) {
      throw new Death();
    }
    count++;
    if (count == at && fate == Fate.DIE_BEFORE) {
      isDead = true;
      throw new Death();
    }
    return count == at;
  }

  private synchronized void die() {
    isDead = true;
    throw new Death();
  }

  private static ProviderException lost() {
    return new ProviderException(ErrorKind.UNKNOWN_OUTCOME, "The reply was lost.");
  }

  private <T> CompletionStage<T> store(Supplier<CompletionStage<T>> call) {
    boolean isDoomed = step();
    CompletionStage<T> stage = call.get();
    if (!isDoomed) {
      return stage;
    }
    stage.toCompletableFuture().exceptionally(e -> null).join();
    if (fate == Fate.DIE_AFTER) {
      die();
    }
    return CompletableFuture.failedFuture(lost());
  }

  ObjectStore over(ObjectStore real) {
    return new ForwardingObjectStore() {
      @Override
      protected ObjectStore delegate() {
        synchronized (Doom.this) {
          if (isDead) {
            throw new Death();
          }
        }
        return real;
      }

      @Override
      public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
        return store(() -> real.put(key, body, options));
      }

      @Override
      public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
        return store(() -> real.delete(targets));
      }

      @Override
      public CompletionStage<ObjectInfo> copy(
          String source,
          io.kmesh.spi.store.Condition condition,
          String target,
          PutOptions options) {
        return store(() -> real.copy(source, condition, target, options));
      }

      @Override
      public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
        return store(() -> real.startUpload(key, metadata));
      }

      @Override
      public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
        return store(() -> real.uploadPart(upload, number, body));
      }

      @Override
      public CompletionStage<UploadPart> copyPart(
          Upload upload,
          int number,
          String source,
          io.kmesh.spi.store.Condition condition,
          long offset,
          long length) {
        return store(() -> real.copyPart(upload, number, source, condition, offset, length));
      }

      @Override
      public CompletionStage<ObjectInfo> complete(
          Upload upload, List<UploadPart> parts, PutOptions options) {
        return store(() -> real.complete(upload, parts, options));
      }

      @Override
      public CompletionStage<Void> abort(Upload upload) {
        return store(() -> real.abort(upload));
      }
    };
  }

  StateStore over(StateStore real) {
    return new ForwardingStateStore() {
      @Override
      protected StateStore delegate() {
        synchronized (Doom.this) {
          if (isDead) {
            throw new Death();
          }
        }
        return real;
      }

      @Override
      public void apply(List<StateChange> changes) throws IOException {
        boolean isDoomed = step();
        real.apply(changes);
        if (isDoomed && fate == Fate.DIE_AFTER) {
          die();
        }
        if (isDoomed) {
          throw lost();
        }
      }
    };
  }
}
