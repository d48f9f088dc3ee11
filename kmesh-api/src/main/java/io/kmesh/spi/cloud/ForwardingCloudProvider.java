// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A base for wrappers of a provider: every call goes to the one behind it. */
public abstract class ForwardingCloudProvider implements CloudProvider {
  /** For subclasses. */
  protected ForwardingCloudProvider() {}

  /** The provider behind this one. */
  protected abstract CloudProvider delegate();

  @Override
  public String name() {
    return delegate().name();
  }

  @Override
  public String description() {
    return delegate().description();
  }

  @Override
  public Set<CloudCapability> capabilities() {
    return delegate().capabilities();
  }

  @Override
  public CloudLimits limits() {
    return delegate().limits();
  }

  @Override
  public List<CloudZone> zones() throws IOException {
    return delegate().zones();
  }

  @Override
  public void validate(CloudRequest request) throws IOException {
    delegate().validate(request);
  }

  @Override
  public void validate(CloudResource resource, ClusterShape wanted) throws IOException {
    delegate().validate(resource, wanted);
  }

  @Override
  public CloudResource create(CloudToken token, CloudRequest request) throws IOException {
    return delegate().create(token, request);
  }

  @Override
  public CloudResource describe(String id) throws IOException {
    return delegate().describe(id);
  }

  @Override
  public Optional<CloudResource> findByToken(CloudToken token) throws IOException {
    return delegate().findByToken(token);
  }

  @Override
  public CloudPage list(String after, int limit) throws IOException {
    return delegate().list(after, limit);
  }

  @Override
  public CloudResource update(CloudToken token, String id, ClusterShape wanted) throws IOException {
    return delegate().update(token, id, wanted);
  }

  @Override
  public void delete(CloudToken token, String id) throws IOException {
    delegate().delete(token, id);
  }

  @Override
  public LustreBinding open(CloudResource resource) throws IOException {
    return delegate().open(resource);
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }
}
