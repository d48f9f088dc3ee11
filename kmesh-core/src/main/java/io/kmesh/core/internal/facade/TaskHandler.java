// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Progress;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.operations.OperationContext;
import io.kmesh.core.internal.operations.OperationHandler;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.function.Predicate;

/** A task as a type of operation. */
final class TaskHandler<T> implements OperationHandler<T> {
  private final LongTask<T> task;
  private final Predicate<String> isAttached;

  TaskHandler(LongTask<T> task, Predicate<String> isAttached) {
    this.task = task;
    this.isAttached = isAttached;
  }

  @Override
  public String type() {
    return task.type();
  }

  @Override
  public Class<T> resultType() {
    return task.resultType();
  }

  @Override
  public T run(ObjectNode spec, OperationContext context) throws IOException {
    return task.run(
        spec,
        new JobContext() {
          @Override
          public void progress(long itemsDone, long itemsTotal, long bytesDone, long bytesTotal) {
            context.progress(
                new Progress(
                    itemsDone,
                    itemsTotal,
                    DataSize.ofBytes(Math.max(0, bytesDone)),
                    DataSize.ofBytes(Math.max(0, bytesTotal))));
          }

          @Override
          public void checkCancelled() throws ProviderException {
            context.checkCancelled();
          }

          @Override
          public boolean isCancelledForGood() {
            return context.isCancelRequested();
          }
        });
  }

  @Override
  public ObjectNode encode(T result) {
    return task.encode(result);
  }

  @Override
  public T decode(ObjectNode json) throws IOException {
    return task.decode(json);
  }

  @Override
  public boolean isReady(ObjectNode spec) {
    return task.isReady(spec, isAttached);
  }
}
