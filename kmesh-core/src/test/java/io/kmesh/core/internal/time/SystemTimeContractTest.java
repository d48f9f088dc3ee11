// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.time;

import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.contract.KmeshTimeContract;
import java.time.Duration;

final class SystemTimeContractTest extends KmeshTimeContract {
  @Override
  protected KmeshTime time() {
    return SystemTime.INSTANCE;
  }

  @Override
  protected void pass(Duration duration) throws InterruptedException {
    SystemTime.INSTANCE.sleep(duration);
  }
}
